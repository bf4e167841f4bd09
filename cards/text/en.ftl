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
cond-user-disabled-fix = Allow the user to sign in.
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
cond-has-number-fix = Remove that number in the Teams admin center if it is no longer wanted.
cond-not-in-sync-group = The user is not in the group { $group }, so the carrier will not see them.
cond-not-in-sync-group-fix = Add the user to that group.
cond-sync-group-missing = There is no group { $group } in Microsoft 365.
cond-sync-group-missing-fix = Create the group or correct its id in the bot's configuration.
cond-sync-group-all-company = The sync uses { $group }, the group of the whole company, which does not work with the carrier.
cond-sync-group-all-company-fix = Create a group of its own for the sync, such as “Teammate Sync”, and name it in the bot's configuration.
cond-disabled-before = Calling was disabled for this user before, and the carrier does not sync such users by itself.
cond-disabled-before-fix = Enable the user again in the carrier's portal.
cond-extension-missing = There is no extension { $extension } on the PBX.
cond-extension-missing-fix = Create the extension on the PBX, or use another one.
cond-extension-system = The extension { $extension } belongs to the PBX itself, not to a person.
cond-extension-system-fix = Use the extension of a person.
cond-extension-held = The extension { $extension } is held by { $request } for { $subject }.
cond-extension-held-fix = Finish or cancel { $request } first, or use another extension.
cond-extension-linked = The extension { $extension } is already linked to { $owner }.
cond-extension-linked-fix = Use another extension, or remove the link in the carrier's portal.
cond-device-registered = The device { $device } is in use by somebody already.
cond-device-registered-fix = Find out who uses it. If nobody should, remove it on the PBX.
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
card-confirm-plan = What will be set
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
card-approval-plan = The plan
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

## Steps in the carrier's portal

guided-title-sync = Sync the Teams users for { $subject }
guided-title-enable = Enable calling for { $subject }
guided-sign-in = Sign in to the portal as a Global Administrator of Microsoft 365.
guided-sync-users = On the Dashboard, under Enterprise Admin Action Items, press **Sync Teams Users**. If it is not there, the users were synced already.
guided-enable-calling = In Users, find { $subject }, press the three dots under Action, then **Enable Calling**. If it says Disable Calling, calling is on already.
guided-dial-plan = In Users, open { $subject }, check **Assign Default Dial Plan Policy** and press **Save User**.
guided-link = Open the portal
remark-not-visible = { $by } pressed Done, but Microsoft 365 does not show it yet. I keep looking; please check the steps again.

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
card-failure-hint = Then press Retry.
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

list-title = Requests
list-title-mine = Your requests
list-title-waiting = Requests that wait for somebody
list-title-late = Requests that are late
list-title-failed = Requests that stopped
list-title-subject = Requests for { $subject }
list-title-request = Request { $request }

row-heading = **{ $request }** · { $subject }
row-asked = Since { $since }, asked by { $requester }
card-requests-none = There are no such requests. Type “list” to see all of them.
requests-more = { $count ->
    [one] One more is not shown. Narrow the list down, for example “list waiting”.
   *[other] { $count } more are not shown. Narrow the list down, for example “list waiting”.
}

## The help card

title-help = What I understand
card-help-intro = With or without a slash, words in any order after the user.
help-example = Example: { $example }
