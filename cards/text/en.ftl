# Every sentence of the product, in English. Other languages: copy this file to <language>.ftl and translate the right sides.
# An id never changes once it is out: requests store ids, not words.
# In cards the text may use **bold**; what comes in as { $argument } is shown literally, whatever it holds.
# Plain words; whoever reads it should know what to do next.

## Labels of values

item-subject = User
item-extension = Extension
item-line = Number in Teams
item-device = Device on the PBX
item-location = PBX location
item-route = Voice route
item-voicemail = Voicemail
item-emergency-address = Emergency address
item-caller-name = Caller name
item-forwarded-caller-id = Caller ID on forwarded calls
item-dial-plan = Dial plan
item-number = Phone number
item-voice-enabled = Calling enabled
item-policies = Voice policies
item-registered = Device registered
item-reason = Reason
item-plan = Service plan

## Short values

voicemail-pbx = PBX voicemail
voicemail-teams = Teams voicemail
value-transparent = Transparent
value-users-caller-id = The user's caller ID
value-default-dial-plan = Default, assigned by hand in the portal: the carrier documents no setting for it
value-yes = Yes
value-no = No
value-none = None
value-unknown = Not known yet

## Who can mend something

who-microsoft-admin = An administrator of Microsoft 365
who-pbx-admin = An administrator of the PBX
who-requester = Whoever asked for it
who-portal-operator = Somebody with access to the carrier's portal
who-bot-operator = Whoever runs this bot

## The steps

step-subject-ready = Check the user in Microsoft 365
step-extension-free = Check that the extension is free
step-device = Prepare the device { $device } on the PBX
step-pbx-user = Set up the PBX user with { $line }
step-sync = Wait for the sync with Teams
step-enable = Enable calling
step-proof = Prove that the line works

## States of a request

state-checking = Checking
state-refused = Refused: some conditions are not met
state-confirming = Waiting for the requester to choose and send it
state-awaiting-approval = Waiting for approval by { $approvers }
state-running = Under way: { $step }
state-waiting-operator = Waiting for somebody in the portal: { $step }
state-failed = Stopped at: { $step }
state-done = Done
state-rejected = Rejected by { $by }
state-cancelled = Cancelled by { $by }
state-expired = Expired: nobody decided in time

## Greeting

greeting-title = Hello, I set up phone lines
greeting-what = Tell me who needs a line and which extension. I check everything first, show the plan, get it approved, carry it out and prove that it works.
greeting-try = Try this:
greeting-example = onboard alice@contoso.com ext 1000
greeting-help = Type help for everything that I understand.

## Why a card can no longer be pressed

closed-submitted = Sent for approval by { $by }.
closed-approved = Approved by { $by }.
closed-rejected = Rejected by { $by }. Reason: { $reason }
closed-cancelled = Cancelled by { $by }. Nothing more will be changed.
closed-expired = Expired: nobody decided in time. Type the command again to start over.
closed-done = Done.
closed-failed = Stopped. The newest message in this conversation says why.
closed-retried = Tried again by { $by }.

## What people will notice

notice-number-appears = The number { $line } shows up in Teams after the sync, sometimes only after hours.
notice-desk-phone-rings-too = Calls to { $extension } ring on the desk phone and in Teams together.
notice-voicemail-pbx = Unanswered calls go to the PBX mailbox, as before.
notice-voicemail-teams = Unanswered calls go to voicemail in Teams; the PBX mailbox is no longer reached.
notice-emergency = Emergency services called from this line are sent to { $address }.

## Conditions that are not met, and what to do

cond-user-missing = There is no user { $upn } in Microsoft 365.
cond-user-missing-fix = Check the spelling, or create the user first.
cond-user-disabled = The account is disabled in Microsoft 365.
cond-user-disabled-fix = Allow the user to sign in, then type the command again.
cond-user-not-member = The account is a guest, and guests cannot have a phone line.
cond-user-not-member-fix = Use the person's own account in this organization.
cond-first-name-missing = The user has no first name in Microsoft 365.
cond-first-name-missing-fix = Enter the first name in the user's contact information.
cond-last-name-missing = The user has no last name in Microsoft 365.
cond-last-name-missing-fix = Enter the last name in the user's contact information.
cond-no-phone-system = The user has no licence for calling.
cond-no-phone-system-fix = Assign Teams Phone Standard, or Business Voice without a US calling plan.
cond-phone-system-unusable = The Phone System plan of the user cannot be used: Microsoft reports { $status }.
cond-phone-system-unusable-fix = Check the licence in the Microsoft 365 admin center and assign it again if needed. A new licence can take a day.
cond-virtual-user-plan = The user has a licence for virtual users, which people cannot call with.
cond-virtual-user-plan-fix = Remove the Phone System Virtual User (resource account) licence and assign Teams Phone Standard.
cond-has-number = The user already has the number { $number }.
cond-has-number-fix = Remove that number in the Teams admin center if it is no longer wanted, then type the command again.
cond-not-in-sync-group = The user is not in the group { $group }, so the carrier will not see them.
cond-not-in-sync-group-fix = Add the user to that group, then type the command again.
cond-sync-group-missing = There is no group { $group } in Microsoft 365.
cond-sync-group-missing-fix = Create the group or correct its id in the bot's configuration.
cond-sync-group-all-company = The sync uses { $group }, the group of the whole company, which does not work with the carrier.
cond-sync-group-all-company-fix = Create a group of its own for the sync, such as “Teammate Sync”, and name it in the bot's configuration.
cond-disabled-before = Calling was disabled for this user before, and the carrier does not sync such users by itself.
cond-disabled-before-fix = Enable the user again in the carrier's portal, then type the command again.
cond-extension-missing = There is no extension { $extension } on the PBX.
cond-extension-missing-fix = Create the extension on the PBX, or use another one.
cond-extension-system = The extension { $extension } belongs to the PBX itself, not to a person.
cond-extension-system-fix = Use the extension of a person.
cond-extension-held = The extension { $extension } is held by { $request } for { $subject }.
cond-extension-held-fix = Finish or cancel { $request } first, or use another extension.
cond-extension-linked = The extension { $extension } is already linked to { $owner }.
cond-extension-linked-fix = Use another extension, or remove the link in the carrier's portal.
cond-device-registered = The device { $device } is in use by somebody already.
cond-device-registered-fix = Find out who uses it. If nobody should, remove it on the PBX, then type the command again.
cond-location-unknown = There is no PBX location { $name }.
cond-location-unknown-fix = Choose one of the locations on the card, or have it added to the bot's configuration.
cond-route-unknown = There is no voice route { $name }.
cond-route-unknown-fix = Choose one of the voice routes on the card, or have it added to the bot's configuration.
cond-calling-plan = The user has a Microsoft calling plan, which gets in the way of the carrier's number.
cond-calling-plan-fix = Remove the calling plan and keep Teams Phone Standard.

## What deserves a second look

warn-extension-owner = The extension { $extension } belongs to { $owner } on the PBX. Is this the right one?
warn-phone-system-grace = The licence for calling has run out and is in its grace period. Renew it soon.
warn-no-usage-location = The user has no usage location in Microsoft 365. Some licences need one.
warn-group-unread = The members of the group { $group } could not be read. If the user is not in it, the sync will never finish.
warn-disabled-unknown = Whether calling was disabled for this user before cannot be seen from here. If it was, enable it in the carrier's portal.
warn-old-device = The device { $device } exists already and will be used as it is.

## Help: what each command does

help-onboard = Gives somebody a phone line. You see the plan before anything happens.
help-status = Shows how far a request is, or all requests of a user.
help-list = Lists requests: your own, those that wait, are late or stopped.
help-approve = Approves a request of somebody else.
help-reject = Rejects a request. The reason is needed.
help-retry = Tries a stopped request again where it stopped.
help-cancel = Cancels a request. What was already done stays.
help-help = Shows this help, or more about one command.
help-offboard = Takes the phone line away again.
help-change = Changes settings of a line.
help-undo = Restores what was there before a request.
help-why = Explains why a user is not ready for a line.
help-number = Tells who has a number or an extension.
help-bulk = Starts many requests from a CSV file.

## Commands that could not be read

misread-empty = I did not get a command. Type help to see what I understand.
misread-unknown-command = I do not know “{ $spot }”. Did you mean “{ $suggestion }”? Type help to see what I understand.
misread-unknown-word = I do not understand “{ $spot }” at character { $position }. Did you mean “{ $suggestion }”?
misread-no-command = I do not know “{ $spot }”. Type help to see what I understand.
misread-no-word = I do not understand “{ $spot }” at character { $position }. Type help to see how it is written.
misread-missing = Something is missing: { $what }. It is written like this: { $usage }
misread-missing-value = “{ $spot }” needs a value after it. It is written like this: { $usage }
misread-upn = “{ $spot }” at character { $position } is no user name such as alice@contoso.com.
misread-extension = “{ $spot }” at character { $position } is no extension. An extension has 3 to 6 digits.
misread-number = “{ $spot }” at character { $position } is no phone number. Write it with + and the country code, such as +13035550142.
misread-request = “{ $spot }” at character { $position } is no request. Requests are written like ONB-1.
misread-twice = “{ $spot }” is said twice. Say it once.
misread-reason = Please say why: write the reason after the request. It is written like this: { $usage }
misread-quote = A quotation mark at character { $position } is never closed.
misread-too-long = That is too long for a command. Type help to see how it is written.
misread-not-offered = “{ $spot }” is not offered yet. Type help to see what is.

## Toasts: one line that stands for the card in the activity feed

summary-confirm = { $request }: check the plan for { $subject }
summary-approval = { $request }: approval needed for { $subject }
summary-guided = { $request }: something to do in the portal for { $subject }
summary-progress = { $request }: { $subject }, { $count } of { $total } steps done
summary-failure = { $request }: stopped for { $subject }. { $cause }
summary-done = { $request }: the phone line of { $subject } works
summary-problems = { $request }: { $subject } cannot get a line yet
summary-requests = { $title }
summary-help = What I understand
summary-greeting = Hello, I set up phone lines
summary-closed = { $request }, { $subject }: { $closed }

## Shared by several cards

card-origin = { $request } · { $subject }
card-fallback = { $summary }. This app cannot show the card; type “status { $request }” instead.
card-fallback-plain = { $summary }. This app cannot show the card; type “help” instead.
card-approved-by = Approved by { $names }
card-since = since { $time }
card-mention-approvers = { $names }: please decide.
card-mention-operators = { $names }: please do this in the portal.
card-mention-failure = { $names }: this needs you.
card-mention-requester = { $names }: it is ready.

## The confirm card

title-confirm = Phone line for { $subject }
card-confirm-intro = Check the plan and choose. Nothing is changed before somebody approves it.
card-confirm-notices = What people will notice
card-confirm-warnings = Please look twice
card-confirm-location = PBX location
card-confirm-location-missing = Choose the PBX location.
card-confirm-location-placeholder = Choose a location
card-confirm-route = Voice route
card-confirm-route-missing = Choose the voice route.
card-confirm-route-placeholder = Choose a voice route
card-confirm-voicemail = Voicemail
card-confirm-voicemail-missing = Choose the voicemail.
card-confirm-voicemail-pbx = PBX voicemail: unanswered calls go to the PBX mailbox and call queues keep working
card-confirm-voicemail-teams = Teams voicemail: the PBX mailbox is no longer reached and call queues can misroute
card-confirm-emergency-address = Emergency address
card-confirm-emergency-address-missing = Choose where emergency services are to go.
card-confirm-emergency-address-placeholder = Choose an address
card-confirm-emergency-note = When this person calls an emergency number, help is sent to this address. Choose where they really work.
card-confirm-submit = Request approval
card-confirm-cancel = Cancel

## The approval card

title-approval = Approve a phone line for { $subject }?
title-approval-closed = Phone line for { $subject }
card-approval-asked-by = Asked by
card-approval-reason-given = Reason
card-approval-approvals = Approvals
card-approval-expires = Expires
card-approval-notices = What people will notice
card-approval-warnings = Please look twice
card-approval-reason = Reason (needed to reject)
card-approval-reason-placeholder = Why, in your own words
card-approval-approve = Approve
card-approval-reject = Reject
card-approval-readonly = Waiting for approval. Only the people who are asked can decide.
card-approval-refresh = Show my view
approvals = { $count } of { $required }
approvals-by = { $count } of { $required }, so far { $names }

## The card of a guided step

card-guided-values = Values
card-guided-note = Note
card-guided-note-placeholder = Anything worth knowing, such as an error in the portal
card-guided-done = Done
card-guided-fail = I can't
card-guided-hint = Press Done afterwards. I check what I can see myself before I go on.

## The progress card

title-progress = Setting up { $line } for { $subject }
progress-count = { $count } of { $total } steps done
card-progress-refresh = Refresh
card-progress-cancel = Cancel
mark-open = Not started
mark-running = Running
mark-waiting = Waiting
mark-done = Done
mark-failed = Failed

## The failure card

title-failure = Stopped: the line of { $subject } is not ready
card-failure-step = Where it stopped
card-failure-cause = What is wrong
card-failure-fix = What to do next
card-failure-problems = Also not met
card-failure-done = Done, and it stays
card-failure-not-done = Not done
card-failure-retry = Retry
card-failure-cancel = Cancel
failure-incident = The log tells more under { $incident }.

## The card at the end

title-done = The phone line of { $subject } works
card-done-evidence = Proof
done-read-at = Read back from Microsoft 365 and the PBX on { $time }.

## The card of conditions that are not met

title-problems = { $subject } cannot get a line yet
problems-count = { $count ->
    [one] One condition is not met. Nothing has been changed.
   *[other] { $count } conditions are not met. Nothing has been changed.
}
card-problems-again = When this is mended, type the command again.
problem-who = Who can do it: { $who }

## The list of requests

row-heading = **{ $request }** · { $subject }
row-asked = since { $since }, asked by { $requester }
card-requests-none = There are no such requests. Type “list” to see all of them.
requests-more = { $count ->
    [one] One more is not shown. Narrow the list down, for example “list waiting”.
   *[other] { $count } more are not shown. Narrow the list down, for example “list waiting”.
}

## The help card

title-help = What I understand
card-help-intro = With or without a slash, words in any order after the user.
help-example = Example: { $example }

## onboard-bot check: one line for each system

check-line-ok = ok     { $system }: { $what }
check-line-wrong = WRONG  { $system }: { $what } { $fix } Who can do it: { $who }.

## What works

check-ok-store-new = The file { $file } does not exist yet; it will be made at the first start.
check-ok-store-running = A running bot uses the file { $file }.
check-ok-store-file = The file { $file } can be read and written.
check-ok-store-server = The database server answers.
check-ok-open = Nobody is authenticated and no token is needed: for local clients only.
check-ok-keys = The keys of { $issuer } can be read.
check-ok-token = The app { $app } gets a token.
check-ok-users = Users can be read, for example { $upn }.
check-ok-users-found = Users can be searched.
check-ok-group = The group “{ $group }” can be read.
check-ok-membership = Group memberships can be read.
check-ok-voice = Phone settings in Teams can be read, for example those of { $upn }.
check-ok-voice-unknown = Phone settings in Teams can be read; Teams does not know { $upn } yet.
check-ok-pbx = The PBX answers with version { $version }.
check-ok-key = The API key may make changes (scope { $scope }).
check-ok-key-untold = This PBX does not tell what the API key may do.
check-ok-domain = The users of the domain { $domain } can be read.
check-ok-carrier = { $username } can log in.
check-ok-routes = All voice routes of the configuration exist: { $routes }.
check-ok-calltower = There is no API; people do these steps in the portal and the bot guides them.

## What is wrong with any system, and what to do

check-unreachable = { $address } cannot be reached.
check-unreachable-fix = Check the address in { $key }, and whether this machine may connect to it.
check-unanswered = { $address } did not answer in time.
check-unanswered-fix = Check the address in { $key } and whether a firewall stands between, then try again.
check-not-found = Something answers at { $address }, but not what is expected there (404).
check-not-found-fix = Correct the address in { $key }.
check-garbled = What answers at { $address } makes no sense there.
check-garbled-fix = Correct the address in { $key }; it may lead to a page for people.
check-busy = { $address } is too busy to answer.
check-busy-fix = Try again later.
check-failed = { $address } answered with status { $status }.
check-failed-fix = Try again later; if it stays like this, ask whoever runs that system.
check-refused = { $address } refused the call with status { $status } ({ $code }).
check-refused-fix = Check the address in { $key }.
check-credential = The login was refused ({ $code }).
check-credential-fix = Have { $secret } renewed, and enter the new values in the configuration.
check-forbidden = The login may not do this ({ $code }).
check-forbidden-fix = Have the rights of { $secret } extended, or check whether a firewall stands between.
check-no-client = No HTTPS connection can be set up on this machine.
check-no-client-fix = Install the certificate authorities of the operating system.
check-setup = The configuration cannot be used: { $why }.
check-setup-fix = Correct the address, or install the certificate authorities of the operating system.

## What is wrong with the store

check-store-memory = The embedded store needs a file.
check-store-memory-fix = Write a file name after sqlite: in store.url.
check-store-no-folder = There is no folder { $folder }.
check-store-no-folder-fix = Make the folder, or correct store.url.
check-store-folder-closed = This user may not make files in { $folder }.
check-store-folder-closed-fix = Let the user who runs the bot write in that folder, or correct store.url.
check-store-no-file = { $file } is not a file.
check-store-no-file-fix = Correct store.url.
check-store-file-closed = This user may not write the file { $file }.
check-store-file-closed-fix = Give the file to the user who runs the bot.
check-store-no-database = The file { $file } is not a database that can be read.
check-store-no-database-fix = Correct store.url, or restore the file from a backup.
check-store-url = The address of the database is not understood.
check-store-url-fix = Write store.url as postgres://user@host:5432/database.
check-store-unreachable = The database server does not answer.
check-store-unreachable-fix = Check host and port in store.url, and whether this machine may connect to it.
check-store-not-admitted = The database server refused the login ({ $code }).
check-store-not-admitted-fix = Correct user and password in store.url.
check-store-missing = The database does not exist ({ $code }).
check-store-missing-fix = Create the database, or correct its name in store.url.
check-store-refused = The database server refused the connection ({ $code }).
check-store-refused-fix = Look up the code in the server's log.

## What is wrong with a chat

check-foreign-keys = The document at { $address } refers to keys on another host.
check-foreign-keys-fix = Correct the address in { $key }.
check-slack = Slack is configured, but this version does not speak Slack yet.
check-slack-fix = Remove the table slack from the configuration.

## What is wrong with a customer's systems

check-permission = The permission { $permission } is missing.
check-permission-fix = Add the application permission { $permission } to the app { $app } and grant admin consent.
check-user-missing = There is no user { $upn } in Microsoft 365.
check-user-missing-fix = Correct the name in customers.approval.
check-group-missing = There is no group { $group } in Microsoft 365.
check-group-missing-fix = Create the group, or correct its id in the configuration.
check-group-all-company = The sync uses { $group }, the group of the whole company, which does not work with the carrier.
check-group-all-company-fix = Create a group of its own for the sync, such as “Teammate Sync”, and name it in customers.graph.sync_group.
check-key-readonly = The API key may only read.
check-key-readonly-fix = Make a key that may write for the domain { $domain }, and enter it in customers.netsapiens.api_key.
check-key-domain = The API key is for the domain { $other }, not for { $domain }.
check-key-domain-fix = Make a key for the domain { $domain }, or correct customers.netsapiens.domain.
check-key-scope = The scope { $scope } of the API key is too low.
check-key-scope-fix = Make a key with the scope Office Manager for the domain { $domain }, and enter it in customers.netsapiens.api_key.
check-domain-missing = There is no domain { $domain } on the PBX, or the API key may not see it.
check-domain-missing-fix = Correct customers.netsapiens.domain.
check-domain-closed = The API key may not read the users of the domain { $domain }.
check-domain-closed-fix = Make a key with the scope Office Manager for the domain { $domain }, and enter it in customers.netsapiens.api_key.
check-carrier-login = The carrier refused the login of { $username } ({ $code }).
check-carrier-login-fix = Log in to the Service Portal once as { $username }: the first login asks for a new password. Then check client_id, client_secret, username and password in customers.connecttoteams.
check-routes-missing = The carrier does not offer these voice routes: { $routes }.
check-routes-missing-fix = Correct sbc_gateway_id in customers.connecttoteams.voice_routes.
