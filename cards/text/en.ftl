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
item-emergency-address-id = Id of the emergency address on the PBX
item-caller-name = Caller name
item-forwarded-caller-id = Caller ID on forwarded calls
item-dial-plan = Dial plan
item-number = Phone number
item-voice-enabled = Calling enabled
item-policies = Voice policies
item-registered = Device registered
item-disabled-before = Disabled before
item-reason = Reason
item-plan = Service plan
item-emergency-location = Location for emergency calls
item-name = Name
item-saved = What was changed
item-passed-on = Passed on to Microsoft
item-reported-by = Reported by
item-reported-at = Reported on
item-note = Note
item-line-to-go = Number that goes
item-line-gone = No longer in Teams
item-device-removed = Removed from the PBX
item-number-free = Free again
item-policy-back = Voice route afterwards
item-back-first = First
item-sync-group = Group that the carrier syncs
item-callback = Number that emergency services call back
item-could-not = Could not do it
item-field-sip-user = SIP User
item-field-teams-voicemail = Use Voicemail in Teams
item-microsoft = Microsoft 365 afterwards
item-field-domain = Domain
item-field-location = Location
item-field-first-name = First Name
item-field-last-name = Last Name
item-field-user-name = User Name
item-field-display-name = Display Name
item-field-user-type = User Type
item-field-user-role = User Role
item-field-cell-phone = Cell Phone
item-field-welcome-email = Send Welcome Email
item-field-password = Password
item-field-user-services = User Services
item-field-did = DID

## Short values

voicemail-pbx = PBX voicemail
voicemail-teams = Teams voicemail
value-transparent = Transparent
value-users-caller-id = The user's caller ID
value-default-dial-plan = Default, assigned by hand in the portal
value-disabled-unknown = Cannot be seen from here: look in the portal under Users, filter Disabled
value-yes = Yes
value-no = No
value-none = None
value-calltower-user = CallTower User
value-role-user = User
value-leave-blank = Leave it blank
value-switched-off = Off
value-could-not = { $by }: { $note }
value-saved-carrier = Saved at the carrier. Neither Microsoft nor the PBX shows these values, so try them with a call
value-saved-reported = Saved in CallTower Connect, as somebody reported. Nothing outside the portal shows these values
value-passed-on = By the carrier itself; it does not tell when
value-reported = { $by } on { $at }: { $step }
value-reported-note = { $by } on { $at }: { $step }. “{ $note }”
value-checked = Checked
value-unchecked = Unchecked
value-changed = { $after } (now { $before })
value-device-removed = { $device }: removed, because I made it
value-device-restored = { $device }: gets its earlier emergency address back
value-device-as-before = { $device }: has its earlier emergency address again
value-device-changed-since = { $device }: stays as it is, because somebody changed it meanwhile
value-device-kept = { $device }: stays, because it was there before
value-device-unsure = { $device }: stays, because I have no record that I made it
value-policy-default = The default of the organisation
value-policy-changed-since = { $policy }: stays, because somebody set it meanwhile
value-policy-gone-since = The default of the organisation: somebody took the route away meanwhile
value-policy-refused = The default of the organisation, because Microsoft would not give { $policy } again
value-policy-group = { $policy }, from a group; the user gets none of their own
value-back-licence = The licence for calling is put back
value-back-account = The account is restored
value-back = Back for the time being
value-account-deleted = The account is deleted
value-licence-removed = The licence for calling is removed
microsoft-leave = Leave it as it is
microsoft-licence = Have the licence for calling removed
microsoft-delete = Have the account deleted
value-own-password = Make one up in the portal, for the portal only; never tell it here

## Who can mend something

who-microsoft-admin = An administrator of Microsoft 365
who-pbx-admin = An administrator of the PBX
who-requester = Whoever asked for it
who-portal-operator = Somebody with access to the carrier's portal
who-bot-operator = Whoever runs this bot
who-slack-admin = An administrator of the Slack app

## The steps

step-subject-ready = Check the user in Microsoft 365
step-extension-free = Check that the extension is free
step-device = Prepare the device { $device } on the PBX
step-pbx-user = Set up the PBX user with { $line }
step-sync = Wait for the sync with Teams
step-enable = Enable calling
step-proof = Prove that the line works
step-number-free = Check that the number { $number } is free
step-assign-number = Assign { $number } in Microsoft 365
step-connect-user = Add the user in CallTower Connect, location { $location }
step-connect-service = Assign the service and { $number } in CallTower Connect
step-number-shown = Wait until Microsoft shows { $number }
step-voice-route = Set the voice route { $route } in Microsoft 365
step-line-stands = Check that the line is the one that was looked at
step-back-at-microsoft = Put back in Microsoft 365 what was removed too early
step-disable-calling = Disable calling at the carrier
step-delete-user = Delete the user at the carrier
step-remove-device = Remove the device { $old_device } from the PBX
step-restore-device = Give the device { $device } its earlier emergency address back
step-delete-in-connect = Delete the user in CallTower Connect
step-change-in-connect = Change the values in CallTower Connect
step-unassign-number = Take { $old_line } from the user in Microsoft 365
step-restore-policy = Bring back the earlier voice route in Microsoft 365
step-clean = Prove that nothing of the line is left
step-microsoft-side = Microsoft 365: { $microsoft }
step-group-sync = Do a User Group Sync in the carrier's portal
step-join-group = Put the user into the group { $group }
step-checking = Read the user and what the line needs

step-short-checking = reading the user and what the line needs
step-short-subject-ready = checking the user
step-short-extension-free = checking the extension
step-short-device = preparing the device
step-short-pbx-user = setting up the PBX user
step-short-sync = syncing with Teams
step-short-enable = enabling calling
step-short-proof = proving the line
step-short-number-free = checking the number
step-short-assign-number = assigning the number
step-short-connect-user = adding the user in CallTower Connect
step-short-connect-service = assigning service and number in CallTower Connect
step-short-number-shown = waiting until Microsoft shows the number
step-short-voice-route = setting the voice route
step-short-line-stands = checking the line
step-short-back-at-microsoft = putting back what was removed at Microsoft too early
step-short-disable-calling = disabling calling
step-short-delete-user = deleting the user at the carrier
step-short-remove-device = removing the device
step-short-restore-device = restoring the device
step-short-delete-in-connect = deleting the user in CallTower Connect
step-short-change-in-connect = changing the values in CallTower Connect
step-short-unassign-number = taking the number away
step-short-restore-policy = bringing back the voice route
step-short-clean = proving that nothing is left
step-short-group-sync = syncing the group at the carrier
step-short-join-group = putting the user into the sync group
step-short-microsoft-side = finishing in Microsoft 365

## States of a request

state-checking = Checking
state-refused = Refused: some conditions are not met
state-confirming = Waiting for the requester to choose and send it
state-awaiting-approval = Waiting for approval by { $approvers }
state-running = Under way: { $step }
state-running-until = Under way: { $step }, until { $until }; then it stops and says why
state-waiting-operator = Waiting for an operator: { $step }
state-waiting-operator-until = Waiting for an operator: { $step }, until { $until }; then it stops and says why
state-held-down = Waiting for { $system }, which has not worked since { $since }: { $step }, until { $until }; then it stops and says why
state-held-crowded = Waiting for its turn at { $system }: { $step }, until { $until }; then it stops and says why
state-failed = Stopped at: { $step }. Retry or cancel it
state-failed-who = Stopped at: { $step }. Needs: { $who }. Then retry or cancel it
state-done = Done
state-rejected = Rejected by { $by }
state-cancelled = Cancelled by { $by }
state-expired = Expired: nobody decided in time

## Greeting

greeting-title = Hello, I set up phone lines
greeting-what = Tell me who needs a line and which extension, or whose line is to change or to go. I check everything first, show the plan, get it approved, carry it out and prove it.
greeting-try = Try this:
greeting-example = onboard alice@contoso.com ext 1000
greeting-help = Type help for everything that I understand.

## Why a card can no longer be pressed

closed-submitted = Sent for approval by { $by }.
closed-approved = Approved by { $by }.
closed-rejected = Rejected by { $by }. Reason: { $reason }
closed-cancelled = Cancelled by { $by }. Nothing more will be changed.
closed-cancelled-midway = Cancelled by { $by }. What is done stays, and the extension { $extension } stays held for { $subject }.
closed-cancelled-midway-number = Cancelled by { $by }. What is done stays, and the number { $number } stays held for { $subject }.
closed-cancelled-mend = Cancelled by { $by }. Whatever was already done stays as it is.
closed-expired = Expired: nobody decided in time. Type the command again to start over.
closed-done = Done.
closed-failed = Stopped. The newest message in this conversation says why.
closed-retried = Tried again. The newest message in this conversation says how it went.
closed-void = No longer valid: something changed after it was sent.
closed-guided-reported = Saved, reported by { $by }. It counts as working only when Microsoft 365 shows { $number }.
closed-guided-deleted = Deleted, reported by { $by }. It counts as gone only when Microsoft 365 does not show { $number } any more.
closed-guided-noted = Done, reported by { $by }. Nobody can read it back here.
closed-guided-seen-pbx = Seen on the PBX. Thank you.
closed-guided-seen = Seen in Microsoft 365. Thank you.

## What people will notice

notice-number-appears = The number { $line } shows up in Teams after the sync, sometimes only after hours.
notice-desk-phone-rings-too = Calls to { $extension } ring on the desk phone and in Teams together.
notice-voicemail-pbx = Unanswered calls go to the PBX mailbox, as before.
notice-voicemail-teams = Unanswered calls go to voicemail in Teams; the PBX mailbox is no longer reached.
notice-portal-work = Somebody enters this in CallTower Connect by hand: there is no other way. They get the exact values.
notice-calls-tab = It can take up to 24 hours until Microsoft shows the number and the Calls tab in Teams; normally it is much faster.
notice-number-soon = The chosen number shows up in Teams within minutes as a rule, now and then only after hours.
notice-number-appears-soon = The number { $line } shows up in Teams within minutes as a rule, now and then only after hours.
notice-group-joined = The user becomes a member of { $group }, and the carrier sees them at its next sync.
notice-by-hand = Done by people, not by me: { $step }.
notice-line-goes = { $line } stops working: nobody reaches the user by it, and they cannot call with it.
notice-line-cools-days = { $line } is kept from everybody else for { $days } days afterwards. The same user can get it back.
notice-line-cools = { $line } is kept from everybody else for { $hours } hours afterwards. The same user can get it back.
notice-old-line-cools = { $line } stops working and is kept from everybody else for a while.
notice-microsoft-untouched = Account and licences in Microsoft 365 stay as they are. If they are to go as well, remove them only when this is done, never before.
notice-microsoft-last = Microsoft 365 comes last, when nothing of the line is left: somebody does it by hand and I look whether it is done.
notice-edit-interrupts = The carrier removes the line and sets it up again: the user cannot call and is not reached for about 10 minutes.
notice-change-in-portal = Somebody enters this in CallTower Connect by hand. A new number can take up to 24 hours to show up in Teams.
notice-change-at-microsoft = While Microsoft changes the number, the user cannot call and is not reached, as a rule for some minutes.
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
cond-disabled-before = The line of this user was taken away by { $request }, and the carrier does not sync disabled users by itself.
cond-disabled-before-fix = Type “offboard { $upn }”: I ask for the old record to be deleted (Users, filter Disabled), and afterwards the line can be given again.
cond-extension-missing = There is no extension { $extension } on the PBX.
cond-extension-missing-fix = Create the extension on the PBX, or use another one.
cond-extension-system = The extension { $extension } belongs to the PBX itself, not to a person.
cond-extension-system-fix = Use the extension of a person.
cond-extension-held = The extension { $extension } is held by { $request } for { $subject }.
cond-extension-held-fix = Use another extension. If { $request } is still open and no longer wanted, cancel it first. If it was cancelled midway, its changes are still there: take them back with “undo { $request }”, or ask for { $subject } once more.
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

cond-nothing-offered = { $input }: there is nothing to choose from.
cond-nothing-offered-fix = Add it to customers.calltower in the bot's configuration.
cond-emergency-location-unknown = There is no location { $name }.
cond-emergency-location-unknown-fix = Choose one of the locations on the card. A new location needs a ticket at CallTower, which can cost a fee; then add it to the bot's configuration.
cond-number-taken = The number { $number } belongs to { $owner } in Teams.
cond-number-taken-fix = Use another number, or remove it there in the Teams admin center first.
cond-number-held = The number { $number } is held by { $request } for { $subject }.
cond-number-held-fix = Use another number. If { $request } is still open and no longer wanted, cancel it first.
cond-number-not-offered = The number { $number } is not one of the configured numbers.
cond-number-not-offered-fix = Leave the number out and choose one on the card, or have it added to the bot's configuration.
cond-number-missing = There is no list of numbers to choose from here.
cond-number-missing-fix = Type the command again with a number, such as: number +13035550142
cond-no-number-free = All configured numbers are taken or held by other requests.
cond-no-number-free-fix = Have more numbers added to the bot's configuration, or cancel requests that hold one for nothing.
cond-subject-busy = { $request } about { $upn } is not finished.
cond-subject-busy-fix = Finish or cancel { $request } first: type “cancel { $request }”.
cond-subject-changed = { $upn } belongs to another account now than when the plan was made.
cond-subject-changed-fix = Cancel this request and ask again, so that the right person is checked.
cond-mended = It is so already for { $upn }: nothing has to be done.
cond-mended-fix = Type “why { $upn }” to see how it stands now.
cond-no-line = { $upn } has no line that I could take away: Microsoft shows no number, and I know of none.
cond-no-line-fix = Check the spelling, or type “why { $upn }”.
cond-line-unknown = I did not give { $upn } their line, so I do not know how it is set up.
cond-line-unknown-fix = Take it away with “offboard { $upn }” and give it anew with “onboard { $upn }”, or change it by hand.
cond-nothing-to-change = { $upn } has no line that could be changed: Microsoft shows no number.
cond-nothing-to-change-fix = Give one with “onboard { $upn }”.
cond-line-changed = Microsoft shows { $found } for { $upn }, but { $line } was expected.
cond-line-changed-fix = Somebody else changed it. Find out who and why, then ask again.
cond-line-taken = Microsoft shows no number for { $upn }, but { $line } was expected.
cond-line-taken-fix = Somebody else took it away. Find out who and why, then ask again.
cond-extension-cooling = The extension { $extension } was taken from { $subject } by { $request } and is kept from others until { $until }.
cond-extension-cooling-fix = Use another extension, or wait until then. { $subject } can get it back at any time.
cond-number-cooling = The number { $number } was taken from { $subject } by { $request } and is kept from others until { $until }.
cond-number-cooling-fix = Use another number, or wait until then. { $subject } can get it back at any time.
cond-undo-open = { $undone } is not finished, so there is nothing to take back yet.
cond-undo-open-fix = Cancel { $undone } first, or wait for its end.
cond-undo-nothing = { $undone } changed nothing, so there is nothing to take back.
cond-undo-nothing-fix = Nothing has to be done.
cond-undo-already = { $undone } was taken back by { $by } already.
cond-undo-already-fix = Nothing has to be done. Type “status { $upn }” to see all requests.
cond-undo-newer = { $newer } changed the line of { $upn } after { $undone }.
cond-undo-newer-fix = Take back { $newer } first: type “undo { $newer }”.
cond-undo-number = Microsoft shows { $found } for { $upn }, which is not what { $undone } left: somebody changed it since.
cond-undo-number-fix = Find out who changed it. To take the line away as it is, type “offboard { $upn }”.
cond-undo-taken = Microsoft shows no number for { $upn }, but { $undone } left one: somebody took it away since.
cond-undo-taken-fix = Find out who took it away. There is no line left to take back.
cond-undo-policy = The voice route of { $upn } is { $found } now, which is not what { $undone } set: somebody changed it since.
cond-undo-policy-fix = Find out who changed it, and set the voice route by hand.
cond-undo-device = The device on the PBX has the emergency address { $found } now, which is not what { $undone } set: somebody changed it since.
cond-undo-device-fix = Find out who changed it. To take the line away as it is, type “offboard { $upn }”.
cond-undo-device-gone = The device that { $undone } set up is not on the PBX any more: somebody removed it since.
cond-undo-device-gone-fix = Find out who removed it. To take the line away as it is, type “offboard { $upn }”.
cond-undo-device-bare = The device on the PBX has no emergency address now, which is not what { $undone } set: somebody changed it since.
cond-undo-device-bare-fix = Find out who changed it. To take the line away as it is, type “offboard { $upn }”.

## What deserves a second look

warn-licence-gone = The licence for calling is gone already. The carrier's portal lists only users who have it, so the line could not be switched off, and the number would stay taken. So the plan begins with putting the licence back and ends with removing it again, unless you choose to leave it.
warn-licence-gone-number = The licence for calling is gone already. Microsoft is known to keep the number of whoever has none, so it could not be taken away. So the plan begins with putting the licence back and ends with removing it again, unless you choose to leave it.
warn-account-gone = The account is deleted in Microsoft 365 already. At the carrier the line still exists, is paid for, and keeps the number. Deleted accounts can be restored for 30 days: the plan begins with that and ends with deleting it again, unless you choose to leave it.
warn-account-gone-number = The account is deleted in Microsoft 365 already, and its number stays taken there. The plan asks Microsoft to free it; if Microsoft refuses, restore the account first.
warn-account-disabled = The account may not sign in any more. That is no hindrance; just do not delete it before this is done.
warn-line-not-ours = I did not give this line. What I do not know stays as it is: devices on the PBX and the earlier voice route.
warn-policy-not-ours = The voice route of { $upn } is { $policy }, which I did not set. It stays as it is.
warn-number-cooling = The number { $number } cannot be chosen until { $until }: it was taken from { $subject } by { $request }.
warn-extension-owner = The extension { $extension } belongs to { $owner } on the PBX. Is this the right one?
warn-phone-system-grace = The licence for calling has run out and is in its grace period. Renew it soon.
warn-no-usage-location = The user has no usage location in Microsoft 365. Some licences need one.
warn-approval-lapsed = { $name } agreed, but may not approve any more. That approval does not count; somebody else has to agree.
warn-group-unread = The name of the sync group could not be read, only that the user is in it. Make sure that it is not the group of the whole company.
warn-calling-plan = The user has a Microsoft calling plan, which gets in the way of a number from anybody else: a carrier may not even list the user. Remove it if it is not needed.
warn-number-held = The number { $number } cannot be chosen: { $request } holds it for { $subject }.
warn-old-device = The extension still has the device { $device } of an older connector. If nobody uses it, have it removed on the PBX.

## Help: what each command does

help-onboard = Gives somebody a phone line. You see the plan before anything happens. Companies without a PBX leave the extension out.
help-status = Shows how far a request is, or all requests of a user.
help-list = Lists requests: your own, those that wait, are late or stopped.
help-approve = Approves a request of somebody else.
help-reject = Rejects a request. The reason is needed.
help-retry = Tries a stopped request again where it stopped.
help-cancel = Cancels a request. What was already done stays.
help-help = Shows this help, or more about one command.
help-offboard = Takes the phone line away again, at the carrier first and in Microsoft 365 last. You see the plan before anything happens.
help-change = Changes extension, number, location, voice route or voicemail of a line that I gave. You see the plan before anything happens.
help-undo = Takes back what a request did, as far as nobody has changed it since. You see the plan before anything happens.
help-why = Shows every condition of a phone line for a user: which are met, which are not, how to mend those, and who can. Changes nothing.
help-number = Tells who has a number or an extension: in Teams, on the PBX, in requests. Changes nothing.
help-bulk = Starts many requests from a CSV file.

## Commands that could not be read

misread-empty = I did not get a command. Type help to see what I understand.
misread-too-long = That is too long: a command has { $limit } characters at most. Type help to see how it is written.
misread-invisible = There is an invisible character ({ $character }) at character { $position }. Type the command by hand instead of pasting it.
misread-open-quote = The quotation mark at character { $position } is never closed. Close it, or leave it out.
misread-unknown-command = I do not know “{ $spot }” at character { $position }. Type help to see what I understand.
misread-unknown-command-suggestion = I do not know “{ $spot }” at character { $position }. Did you mean “{ $suggestion }”? Type help to see what I understand.
misread-unknown-word = I do not understand “{ $spot }” at character { $position }. Type help to see how the command is written.
misread-unknown-word-suggestion = I do not understand “{ $spot }” at character { $position }. Did you mean “{ $suggestion }”?
misread-missing-subject = For whom? Write the user name, such as alice@contoso.com.
misread-missing-extension = Which extension? Add it, such as: ext 1000
misread-missing-id = Which request? Add it, such as ONB-1. Type list to see them.
misread-missing-reason = Please say why: write the reason after the request, such as: reject ONB-1 wrong extension
misread-missing-value = A value is missing after “{ $field }”. Type help to see how the command is written.
misread-nothing-to-change = What is to be changed? Name at least one setting, such as: route US West
misread-upn-shape = “{ $spot }” at character { $position } is no user name such as alice@contoso.com.
misread-upn-character = “{ $spot }” at character { $position } holds { $character }, which no user name has. Type the name by hand instead of pasting it.
misread-upn-length = The user name at character { $position } is too long to be one. Check it.
misread-upn-domain = “{ $spot }” at character { $position } has no proper domain after the @. It looks like alice@contoso.com.
misread-link-differs = The link at character { $position } shows another address than it leads to. Type the user name by hand.
misread-number-digits = “{ $spot }” at character { $position } is no number: only the digits 0 to 9 count.
misread-number-extension-length = “{ $spot }” at character { $position } is no extension. An extension has 3 to 6 digits.
misread-number-e164 = “{ $spot }” at character { $position } is no phone number. Write it with + and the country code, such as +13035550142.
misread-voicemail = “{ $spot }” at character { $position } is no voicemail. Write: voicemail pbx, or: voicemail teams
misread-request-id = “{ $spot }” at character { $position } is no request. Requests are written like ONB-1.
misread-twice = “{ $field }” is there twice, the second time at character { $position }. Say it once.
misread-not-for-this-command = “{ $field }” at character { $position } does not belong to this command. Type help to see how it is written.

## Answers to whoever pressed or typed

answer-submitted = { $request } was sent for approval. You will hear about it here.
answer-approved = You approved { $request }. I carry it out now; the progress is in the conversation.
answer-approved-more-needed = You approved { $request }. It needs { $missing } more.
answer-approved-other-lapsed = You approved { $request }. The approval of { $names } no longer counts, because they may not approve any more. So it needs { $missing } more.
answer-rejected = You rejected { $request }. The requester was told why.
answer-cancelled = You cancelled { $request }.
answer-retried = { $request } goes on where it stopped.
answer-retried-approval = The approval of { $request } no longer held, so I ask for a new one.
answer-guided-done = Thank you. I look at Microsoft 365 now and go on with { $request } as soon as it shows there.
answer-guided-done-pbx = Thank you. I look at the PBX now and go on with { $request } as soon as it shows there.
answer-guided-reported = Thank you. I noted that you saved it, and go on with { $request }. It counts as working only when Microsoft 365 shows the number.
answer-guided-noted = Thank you. I noted that you did it, and go on with { $request }. Nobody can read it back, so your word counts.
answer-handed-over = { $name } is asked now, and nobody else.
answer-guided-deleted = Thank you. I noted that you deleted the user, and go on with { $request }. It counts as gone only when Microsoft 365 does not show the number any more.
answer-guided-failed = Thank you for saying so. { $request } stopped, and the requester was told.
answer-plan-changed = The configuration changed after { $request } was sent, so your approval was not counted. The requester has to confirm it again.
answer-kept = I got it and am working on it. You will see the result in a moment.
answer-rights-later = I got it, but Microsoft 365 does not tell me your rights at the moment. I keep trying and tell you what became of it.
answer-journal-later = I got it, but I could not write it down yet. I keep trying and tell you what became of it.
answer-receipt = { $request }: I am checking { $subject }. The plan follows in this conversation, where everybody can see it.

## Refusals: nothing was changed

refusal-stranger = You have no role in this, so nothing was changed. Ask whoever runs this bot if you should have one.
refusal-stranger-command = You may not use this bot for that company. Ask whoever runs it to add you to its requesters.
refusal-not-requester = You may not ask for phone lines here. Ask somebody who may, or have yourself added to the requesters.
refusal-not-yours = Only { $requester } can choose and send { $request }, because they asked for it.
refusal-own-request = You asked for { $request } yourself. Somebody else has to decide about it.
refusal-not-approver = You are not one of the approvers, so nothing was changed. { $request } still waits for one of them.
refusal-not-operator = Only an operator can say that about { $request }. Nothing was changed.
refusal-approved-by-you = You approved { $request } already. It waits for somebody else.
refusal-reason-missing = Please write a reason first, then press Reject. The requester will see it.
refusal-note-missing = Please write into the note what is in the way, then press again.
refusal-nothing-guided = { $request } does not wait for an operator right now.
refusal-stale = This card of { $request } is out of date, so nothing was changed. Look at the newest one, or type “status { $request }”.
refusal-not-chosen = { $input }: nothing is chosen. Choose it on the card, then press again.
refusal-not-offered = { $input }: that choice is not offered. Choose one of those on the card.
refusal-extension-held = The extension { $extension } was taken meanwhile by { $holder } for { $subject }. Cancel { $request } and use another extension.
refusal-number-held = The number { $number } was taken meanwhile by { $holder } for { $subject }. Choose another one on the card.
refusal-operator-missing = Choose first who is to do it, then press again.
refusal-operator-asked = { $name } is asked already, and nobody else.
refusal-operator-unknown = That is none of the operators of { $request }. Choose one of those on the card.
refusal-nothing-changes = It is so already: nothing of that would change. Choose something else on the card, or cancel it.
refusal-undo-open = { $request } is not finished, so there is nothing to take back yet. Type “cancel { $request }” to stop it first.
refusal-undo-nothing = { $request } changed nothing, so there is nothing to take back.
refusal-undo-of-mend = { $request } only mended something, which is not taken back by me. Do it by hand if it has to be.
refusal-undo-of-undo = { $request } took something back itself. To have it again, ask for it anew.
refusal-field-superfluous = “{ $field }” has no meaning at { $customer }, because of its carrier. Leave it out.
refusal-not-configured = That company is not completely set up here any more. Tell whoever runs this bot.
refusal-checking = { $request } is still being checked. The plan follows in a moment.
refusal-refused = { $request } is over: its conditions were not met. Mend them and type the command again.
refusal-confirming = { $request } was not sent for approval yet.
refusal-awaiting-approval = { $request } is waiting for approval.
refusal-running = { $request } was approved by { $by } already and is being carried out.
refusal-running-unasked = { $request } is being carried out already; it needed no approval.
refusal-failed = { $request } stopped. Press Retry on its newest card, or type “retry { $request }”.
refusal-done = { $request } is done already. Nothing was changed.
refusal-rejected = { $request } was rejected by { $by } already. Nothing was changed.
refusal-cancelled = { $request } was cancelled by { $by } already. Nothing was changed.
refusal-expired = { $request } expired. Type the command again to start over.
refusal-unknown-request = I know no such request that you may see. Type list to see yours.
refusal-unknown-button = I do not know this button. The card may be from another version; type status to see how things are.
refusal-unknown-domain = I do not look after { $domain }. Check the user name, or ask whoever runs this bot to add the company.
refusal-not-available = I understand “{ $verb }”, but cannot do it yet in this version. Type help to see what I can do.
refusal-field-not-available = I understand “{ $field }”, but cannot do it yet in this version. Leave it out.
refusal-rights-unread = Microsoft 365 did not tell me your rights for a while, so nothing was changed. Please try again.
refusal-journal = I could not write this down for a while, so nothing was changed. Please try again.

## Said to everybody in the conversation

say-rejected = { $by } rejected { $request } for { $subject }: { $reason }
say-cancelled = { $by } cancelled { $request } for { $subject }. Nothing was changed outside.
say-cancelled-before-portal = { $by } cancelled { $request } for { $subject }. Nobody reported that anything was entered in CallTower Connect; whoever began with it should take it back there. The number is free again.
say-extension-unused = { $request }: I do not use the extension { $extension }, because the carrier of { $customer } gives a phone number and no extension. Everything else goes on.
say-cancelled-midway = { $by } cancelled { $request } for { $subject } midway. What its card shows as done stays, and the extension { $extension } stays held for { $subject }. To finish it, type “{ $again }”.
say-cancelled-midway-number = { $by } cancelled { $request } for { $subject } midway. What its card shows as done stays, and the number { $number } stays held for { $subject }. To finish it, type “{ $again }”.
say-cancelled-mend = { $by } cancelled { $request } for { $subject }. Whatever was already done stays as it is.
say-handed-over = { $by } handed { $request } over to { $name }: { $step }.
say-given-up = { $by } ended { $request } for { $subject } and asks me to take back what it did. The plan for that follows.
say-clean-late = { $request } for { $subject }: Microsoft still shows the number or calling, which takes longer than usual. I keep looking, until { $until }.
say-expired = { $request } for { $subject } expired, because nobody acted in time. Nothing was changed. Type the command again to start over.
say-no-approver-found = I found nobody to approve { $request }. Please tell an approver yourself, or ask whoever runs this bot to check the list of approvers.
say-approvers-not-reached = I cannot write to { $names } about { $request }, because they never opened a chat with me. Ask them to, or to type “approve { $request }” in a chat where I am.
say-no-operator-found = Nobody is set up to do this for { $request }. Ask whoever runs this bot to add operators. I go on once it is done: by myself where that shows, otherwise when an operator presses Done on the card.
say-operators-not-told = I cannot write to { $names } about { $request }, because they never opened a chat with me. Please show them what the card says.
say-held-down = { $request } for { $subject } waits: { $system } has not worked since { $since }. I look again about once a minute, until { $until }; nothing is lost.
say-held-crowded = { $request } for { $subject } waits for its turn, because many requests need { $system } just now. I go on by myself, at the latest at { $until }; nothing is lost.
say-operators-not-reached = I cannot write to { $names } about { $request }, because they never opened a chat with me. Please tell them what the card asks for. I go on once it is done: by myself where that shows, otherwise when one of them presses Done on the card.
say-plan-changed = The configuration changed after { $request } was sent. Please look at the new card and send it again.
say-proof-late = { $request } for { $subject }: Microsoft shows the line, but its device has not registered on the PBX yet. That takes longer than usual; I keep looking.
say-operator-late = { $request } for { $subject } still waits for an operator: { $step }. It stops at { $until } if nobody does it.
say-calltower-late = { $request } for { $subject }: Microsoft does not show { $number } yet, which takes longer than usual. I keep looking, until { $until }. To ask CallTower now, send this to support@calltower.com: “{ $support }”
support-calltower = Hello, we saved the user { $name } ({ $subject }) in CallTower Connect on { $saved } (location { $location }, service { $plan }, number { $number }). Microsoft 365 does not show the number for this user. Please check the assignment on your side. Our reference: saved by { $by }.
say-sync-came = { $request } for { $subject }: Microsoft shows { $line } now. I go on with the rest.
say-late = { $request } for { $subject } takes longer than usual: { $step }. I keep looking, until { $until }.
say-card-refused = I could not draw a card of { $request } here. Type “status { $request }” to see how it stands.
say-place-gone = I cannot write to the conversation of { $request } any more. It goes on; type “status { $request }” here to see how it stands.

## What a step waits for

wait-device = The PBX does not show the device { $device } yet.
wait-device-restored = The PBX does not show the earlier emergency address of { $device } yet.
wait-line = Microsoft does not show { $line } yet.
wait-line-other = Microsoft shows { $found } instead of { $line }.
wait-provisioning = Microsoft has not set the user up for Teams calling yet, so { $line } cannot show.
wait-operator = Nobody has reported yet that it is saved in CallTower Connect.
wait-number-operation = Microsoft is assigning { $number }.
wait-policy = Microsoft does not show the voice route { $route } yet.
wait-voice = Microsoft does not show calling as enabled yet.
wait-registration = The device { $device } is not registered on the PBX yet.
wait-group = Microsoft does not show the user in the group { $group } yet.
wait-change-reported = The change is saved at the carrier. It has to be synced once more, and nothing but the operator's word tells: Microsoft shows { $line }, which was there before.
wait-change-passed-on = The change is saved at the carrier, which passes it on to Microsoft by itself. I give it some minutes, because nothing tells when it is done: Microsoft shows { $line }, which was there before.
wait-by-hand = Nobody has reported yet that it is done.
wait-by-hand-unseen = It was reported as done, but I do not see it yet. I keep looking; please check it once more.
wait-calling-off = Microsoft still shows calling as enabled.
wait-operator-deletes = Nobody has reported yet that the user is deleted.
wait-line-gone = Microsoft still shows { $line }.
wait-number-gone = Microsoft is taking { $number } away.
wait-device-gone = The PBX still shows the device { $device }.
wait-policy-back = Microsoft does not show the earlier voice route yet.
wait-back-at-microsoft = Microsoft does not show the account with a licence for calling yet.
wait-microsoft-side = Microsoft does not show yet that it is done.
wait-plan = The plan is missing.
wait-held-down = { $system } has not worked since { $since }. I look again about once a minute; nothing is lost.
wait-held-crowded = Many requests need { $system } just now. This one waits for its turn; nothing is lost.

## Why it stopped, and what to do

cause-conditions = Something changed after the approval, so the approval no longer holds. Nothing was changed outside.
cause-conditions-fix = Mend the conditions below. Retry then asks for a new approval.
cause-not-configured = The configuration no longer names everything that this needs.
cause-not-configured-fix = Tell whoever runs this bot to complete it.
cause-held-down = { $system } has not worked since { $since }, and waiting for it has an end.
cause-held-down-fix = Ask whoever runs { $system } what is wrong there. Nothing is lost, and nothing is done twice.
cause-held-crowded = So many requests need { $system } that this one did not get its turn in time.
cause-held-crowded-fix = Wait until there is less to do. If { $system } is slow, ask whoever runs it.
cause-operator-cannot = { $by } could not do it: { $note }
cause-operator-cannot-fix-others = Clear that up with them, or choose below who is asked instead.
cause-operator-cannot-fix = Clear that up with them.
cause-device-made-meanwhile = Somebody else made the device { $device } on the PBX after I had looked, with another emergency address or callback number. I left it as it is.
cause-device-made-meanwhile-fix = Ask who made it and look at it on the PBX. If it is meant for this user, press Retry: I then give it the approved emergency address and callback number.
cause-account-deleted-midway = The account { $upn } was deleted in Microsoft 365 before the line was gone, so nobody can see whether it is.
cause-account-deleted-midway-fix = Restore it under Deleted users in the Microsoft 365 admin center, with its licence for calling, and press Retry. Delete it again only when I have said that the line is gone.
cause-licence-removed-midway = The licence for calling was taken from { $upn } before the line was gone, so nobody can see whether it is.
cause-licence-removed-midway-fix = Assign the licence again in the Microsoft 365 admin center and press Retry. Remove it only when I have said that the line is gone.
cause-sip-user-bound = The carrier says that { $user } belongs to another Teams user, perhaps a disabled or deleted one.
cause-sip-user-bound-fix = In the carrier's portal, look for extension { $extension } under Users, also with the filters Disabled and Deleted, and delete the old record.
cause-late-device = The PBX accepted the device { $device }, but does not show it with the chosen emergency address.
cause-late-device-fix = Look at the device on the PBX; somebody may have to enter the emergency address by hand.
cause-late-subject-ready = The user in Microsoft 365 could not be checked in time.
cause-late-subject-ready-fix = Check that Microsoft 365 answers.
cause-late-extension-free = The extension could not be checked in time.
cause-late-extension-free-fix = Check that the PBX answers.
cause-late-pbx-user = The carrier accepted the user, but nothing shows it.
cause-late-pbx-user-fix = Look at the user in the carrier's portal.
cause-late-sync = Microsoft still does not show { $line }, and the time for the sync is up.
cause-late-sync-fix = Press Sync Teams Users once in the carrier's portal and check that the user is in the sync group. Retry looks first and, if the line is still not there, saves the user at the carrier once more, which can interrupt their calls for some minutes. If that does not help either, contact the carrier.
cause-late-enable = Microsoft still does not show calling as enabled for { $line }, and the time is up.
cause-late-enable-fix = Press Enable Calling for the user in the carrier's portal. If that does not help, contact the carrier.
cause-late-connect-user = Nobody added the user in CallTower Connect in time.
cause-late-connect-user-fix = Find somebody with access to CallTower Connect. Retry asks the operators again.
cause-late-connect-service = Nobody assigned service and number in CallTower Connect in time.
cause-late-connect-service-fix = Find somebody with access to CallTower Connect. Retry asks the operators again.
cause-late-number-shown = { $by } saved it in CallTower Connect on { $saved }, but Microsoft still does not show { $number }, and the time is up.
cause-late-number-shown-fix = Check the user in CallTower Connect, then send this to support@calltower.com: “{ $support }” Retry goes on looking.
cause-number-taken = Microsoft says that the number { $number } belongs to somebody else.
cause-number-taken-fix = Look in the Teams admin center who has it. If it is meant for this user, remove it there; otherwise cancel this request and ask for another number.
cause-number-operation = Microsoft accepted the number { $number } and then did not assign it.
cause-number-operation-fix = Look at the number and at the user's licence in the Teams admin center. Retry asks Microsoft once more.
cause-late-number-free = The number could not be checked in time.
cause-late-number-free-fix = Check that Microsoft 365 answers.
cause-late-assign-number = Microsoft still does not show { $number } for this user, and the time is up.
cause-late-assign-number-fix = Look at the user in the Teams admin center. Retry looks first and, if the number is still not there, asks Microsoft once more.
cause-late-voice-route = Microsoft still does not show the voice route { $route } for this user, and the time is up.
cause-late-voice-route-fix = Look at the user's voice routing policy in the Teams admin center. Retry looks first and then sets it once more.
cause-number-not-freed = Microsoft accepted that { $number } is taken away and then did not do it.
cause-number-not-freed-fix = See whether the user still has a licence for calling, because Microsoft is known to keep the number of whoever has none, and look at the number in the Teams admin center. Retry asks Microsoft once more.
cause-number-not-direct = { $number } is not a direct routing number but { $kind }, so it is not mine to take away.
cause-number-not-direct-fix = Take it from the user in the Teams admin center, or ask whoever assigned it. Retry then goes on.
cause-group-refuses = Microsoft refuses to put the user into the group { $group }. Perhaps its members follow from a rule or come from another directory, or it is the group of everybody.
cause-group-refuses-fix = Look at the group in the Microsoft 365 admin center. Change its rule, or use a group of its own for the sync, such as “Teammate Sync”. Retry looks first and then tries it once more.
cause-late-group-sync = Nobody did the User Group Sync in time.
cause-late-group-sync-fix = Find somebody with access to the portal. Retry asks the operators again.
cause-late-join-group = Microsoft accepted the user in the group { $group }, but does not show them there.
cause-late-join-group-fix = Look at the group in the Microsoft 365 admin center.
cause-late-by-hand = Nobody did it in time, or nobody can see that it was done.
cause-late-by-hand-fix = Look at what was reported and find somebody who can do it. Retry asks the operators again.
cause-late-line-stands = The line could not be checked in time.
cause-late-line-stands-fix = Check that Microsoft 365 answers.
cause-late-back-at-microsoft = Nobody put back in Microsoft 365 what the carrier still needs.
cause-late-back-at-microsoft-fix = Restore the account or the licence, then retry. If the account is gone for good, ask the carrier to remove the line, and cancel this.
cause-late-disable-calling = Nobody disabled calling in the carrier's portal in time.
cause-late-disable-calling-fix = Find somebody with access to the portal. Retry asks the operators again.
cause-late-delete-user = Nobody deleted the user in the carrier's portal in time.
cause-late-delete-user-fix = Find somebody with access to the portal. Retry asks the operators again.
cause-late-delete-in-connect = Nobody deleted the user in CallTower Connect in time.
cause-late-delete-in-connect-fix = Find somebody with access to CallTower Connect. Retry asks the operators again.
cause-late-change-in-connect = Nobody changed the values in CallTower Connect in time.
cause-late-change-in-connect-fix = Find somebody with access to CallTower Connect. Retry asks the operators again.
cause-late-remove-device = The PBX accepted that { $old_device } is removed, but still shows it.
cause-late-remove-device-fix = Look at the device on the PBX; somebody may have to remove it by hand.
cause-late-restore-device = The PBX accepted the earlier emergency address of { $device }, but does not show it.
cause-late-restore-device-fix = Look at the device on the PBX; somebody may have to enter the emergency address by hand.
cause-late-unassign-number = Microsoft still shows { $old_line } for this user, and the time is up.
cause-late-unassign-number-fix = Look at the user in the Teams admin center. Retry looks first and then asks Microsoft once more.
cause-late-restore-policy = Microsoft still does not show the earlier voice route, and the time is up.
cause-late-restore-policy-fix = Look at the user's voice routing policy in the Teams admin center. Retry looks first and then sets it once more.
cause-late-clean = Microsoft still shows { $line } or calling for this user, and the time is up.
cause-late-clean-fix = Look at the number in the Teams admin center and, where there is a carrier's portal, whether the user is really deleted there. Retry goes on looking. Do not delete the account in Microsoft 365 yet.
cause-late-microsoft-side = Nobody finished in Microsoft 365 in time. The line itself is gone.
cause-late-microsoft-side-fix = Find an administrator of Microsoft 365. Retry asks again; Cancel leaves Microsoft 365 as it is.
cause-late-proof-microsoft = Microsoft still does not show everything that belongs to { $line }, and the time is up.
cause-late-proof-microsoft-fix = Look at the user's number, calling and voice routing policy in the Teams admin center, then retry.
cause-late-proof = Microsoft shows { $line }, but the device never registered on the PBX.
cause-late-proof-fix = Check the password of the device in the carrier's portal against the PBX, or contact the carrier.

## Faults of systems outside: what happened, what to do, and what is said while it is tried again

outside-refused = { $system } refused the request (status { $status }, code { $code }).
outside-refused-fix = Whoever runs this bot should look at the log; the request itself may have to change.
outside-refused-again = { $system } refused the request (status { $status }). Trying again.
outside-unauthorized = { $system } does not accept the bot's login any more (code { $code }).
outside-unauthorized-fix = Whoever runs this bot has to check its credentials for { $system }.
outside-unauthorized-again = { $system } did not accept the login. Trying again.
outside-credential = { $system } refuses the bot's login (code { $code }).
outside-credential-fix = Whoever runs this bot has to check the client secret or the password for { $system }.
outside-credential-again = { $system } refused the login. Trying again.
outside-forbidden = { $system } does not allow this: a permission is missing, or the key is wrong (code { $code }).
outside-forbidden-fix = Whoever runs this bot has to check what its account at { $system } may do. The README lists all permissions, and onboard-bot check tries those that only read.
outside-forbidden-again = { $system } did not allow it. Trying again.
outside-not-found = { $system } does not know what was asked for.
outside-not-found-fix = Check that the extension and the configuration of { $system } are right.
outside-not-found-again = { $system } does not know it yet. Trying again.
outside-conflict = { $system } says that it exists already with other values.
outside-conflict-fix = Look at it in { $system }; somebody may have changed it by hand.
outside-conflict-again = { $system } reported a conflict. Reading it again.
outside-busy = { $system } has too much to do or is being serviced.
outside-busy-fix = Wait some minutes.
outside-busy-again = { $system } asked to slow down. Trying again soon.
outside-failed = { $system } has a fault of its own (status { $status }).
outside-failed-fix = Wait until { $system } works again.
outside-failed-again = { $system } has a fault (status { $status }). Trying again.
outside-unreachable = { $system } cannot be reached.
outside-unreachable-fix = Wait until { $system } can be reached again. If it lasts, whoever runs this bot should check the network.
outside-unreachable-again = { $system } cannot be reached. Trying again.
outside-unknown = { $system } did not answer in time.
outside-unknown-fix = Wait until { $system } answers again. Nothing is done twice.
outside-unknown-again = { $system } did not answer in time. Looking whether it was done.
outside-garbled = { $system } gave an answer that makes no sense.
outside-garbled-fix = Wait until { $system } works again; a firewall or a login page may stand in between.
outside-garbled-again = { $system } gave an answer that makes no sense. Trying again.

## Toasts: one line that stands for the card in the activity feed

summary-confirm = { $work ->
    [offboard] { $request }: check what is taken from { $subject }
    [change] { $request }: check the change for { $subject }
    [undo] { $request }: check what is taken back for { $subject }
    [mend] { $request }: { $mending }
   *[other] { $request }: check the plan for { $subject }
}
summary-approval = { $request }: approval needed for { $subject }
summary-guided = { $request }: something to do by hand for { $subject }
summary-progress = { $request }: { $subject }, { $count } of { $total } steps done
summary-failure = { $request }: stopped for { $subject }. { $cause }
summary-done = { $work ->
    [offboard] { $request }: the phone line of { $subject } is gone
    [change] { $request }: the line of { $subject } is changed and works
    [undo] { $request }: { $undone } is taken back for { $subject }
    [mend] { $request }: done, { $mending }
   *[other] { $request }: the phone line of { $subject } works
}
summary-done-saved = { $request }: the change for { $subject } is saved and the line works
summary-problems = { $work ->
    [offboard] { $request }: the line of { $subject } cannot be taken away
    [change] { $request }: the line of { $subject } cannot be changed
    [undo] { $request }: { $undone } cannot be taken back for { $subject }
    [mend] { $request }: not possible, { $mending }
   *[other] { $request }: { $subject } cannot get a line yet
}
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
card-until = until { $time }
card-mention-approvers = { $names }: please decide.
card-mention-operators = { $names }: please do this by hand.
card-mention-failure = { $names }: this needs you.
card-mention-done = { $names }: it is done.
card-mention-requester = { $names }: it is ready.

## The confirm card

title-confirm = { $work ->
    [offboard] Take the phone line from { $subject }
    [change] Change the phone line of { $subject }
    [undo] Take back { $undone } for { $subject }
    [mend] { $mending }
   *[other] Phone line for { $subject }
}
card-confirm-intro = Check the plan and choose. Nothing is changed before somebody approves it.
confirm-items = The plan
confirm-items-now = How it is now
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
card-confirm-emergency-location = Location (911 and other emergency calls)
card-confirm-emergency-location-missing = Choose where emergency services are to go.
card-confirm-emergency-location-placeholder = Choose where this person works
card-confirm-service-plan = Service plan
card-confirm-service-plan-missing = Choose the service plan.
card-confirm-service-plan-placeholder = Choose a plan
card-confirm-number = Phone number
card-confirm-number-missing = Choose the phone number.
card-confirm-number-placeholder = Choose a number
card-confirm-microsoft = Microsoft 365 afterwards
card-confirm-microsoft-missing = Choose what happens in Microsoft 365 afterwards.
card-confirm-emergency-note = When this person calls an emergency number, help is sent to this address. Choose where they really work.
card-confirm-submit = Request approval
card-confirm-cancel = Cancel

## The approval card

title-approval = { $work ->
    [offboard] Approve taking the phone line from { $subject }?
    [change] Approve changing the phone line of { $subject }?
    [undo] Approve taking back { $undone } for { $subject }?
    [mend] Approve? { $mending }
   *[other] Approve a phone line for { $subject }?
}
title-approval-closed = { $work ->
    [offboard] Take the phone line from { $subject }
    [change] Change the phone line of { $subject }
    [undo] Take back { $undone } for { $subject }
    [mend] { $mending }
   *[other] Phone line for { $subject }
}
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

guided-title-group-sync = Do a User Group Sync for { $subject }
guided-group-sync = Open the user groups and perform a **User Group Sync** of **{ $group }**.
guided-title-disable-calling = Disable calling for { $subject }
guided-title-delete-user = Delete { $subject } in the carrier's portal
guided-title-delete-in-connect = Delete { $subject } in CallTower Connect
guided-title-change-in-connect = Change the values of { $subject } in CallTower Connect
guided-title-licence-back = Put the licence of { $subject } back for the time being
guided-title-account-back = Restore the account of { $subject } for the time being
guided-title-remove-licence = Remove the licence for calling from { $subject }
guided-title-delete-account = Delete the account of { $subject }
guided-disable-find = In Users, find { $subject } by the number **{ $line }**.
guided-disable-calling = Press the three dots under Action, then **Disable Calling**. If it says Enable Calling, it is off already.
guided-delete-filter = In Users, set the filter to **Disabled** and find { $subject }. If they are not there, find them without the filter and press **Disable Calling** first.
guided-delete-user = Press the three dots under Action, then **Delete User**, and confirm.
guided-delete-check = Look under the filters **Licensed** and **Disabled**: the user must be in neither.
guided-connect-delete = At the bottom right move the pointer over the red circle and press the **trash can**.
guided-connect-delete-check = Search for the user once more: the list must not show them. Do not delete them in Microsoft 365 yet.
guided-connect-change-location = If the location differs, choose **{ $location }**. If the portal does not offer it, press I can't and say so.
guided-account-back = In the Microsoft 365 admin center, open **Users**, **Deleted users**, choose { $subject } and press **Restore user**.
guided-licence-back = In the Microsoft 365 admin center open { $subject }, **Licenses and apps**, and check the licence for calling that they had, such as **Teams Phone Standard**.
guided-licence-wait-microsoft = It can take up to a day until Microsoft counts the licence.
guided-licence-wait = It can take up to a day until the carrier's portal lists the user again.
guided-remove-licence = In the Microsoft 365 admin center, open the user, **Licenses and apps**, and uncheck the licence for calling, such as **Teams Phone Standard**.
guided-delete-account = In the Microsoft 365 admin center, open **Users**, **Active users**, choose { $subject } and press **Delete user**.

guided-title-sync = Sync the Teams users for { $subject }
guided-title-enable = Enable calling for { $subject }
guided-sign-in = Sign in to the portal as a Global Administrator of Microsoft 365.
guided-sync-users = On the Dashboard, under Enterprise Admin Action Items, press **Sync Teams Users**. If it is not there, the users were synced already.
guided-enable-calling = In Users, find { $subject }, press the three dots under Action, then **Enable Calling**. If it says Disable Calling, calling is on already.
guided-dial-plan = In Users, open { $subject }, check **Assign Default Dial Plan Policy** and press **Save User**.
guided-title-connect-user = Add { $subject } in CallTower Connect
guided-title-connect-service = Assign service and number to { $subject } in CallTower Connect
guided-link-connect = Open CallTower Connect
guided-connect-sign-in = Sign in to CallTower Connect. You need the role MPOC. Who does not know their user name or password asks support@calltower.com.
guided-connect-sync-online = Press the menu (three dots, top left), then **Sync Online Users**.
guided-connect-sync-365 = Press the green **Sync Office 365** and look for { $subject }.
guided-connect-location = Press the blue button at the far right of the user, choose the location **{ $location }** and press the green check mark.
guided-connect-find = In CallTower Connect press the menu (three dots, top left), then the user icon, and open { $subject }.
guided-connect-manage-services = Under **User Settings** open **Manage Services**.
guided-connect-choose = Choose the plan **{ $plan }** on the left and the number **{ $number }** from the list on the right.
guided-connect-save = Press the blue **Save** at the bottom right. It is done when the Event at the bottom says completed.
guided-by-hand = If the user is not in the list: add them by hand
guided-by-hand-open = Press the menu (three dots, top left), then the user icon, then the blue plus on the right.
guided-by-hand-fill = Fill in exactly this. The user name has to be the one in Microsoft 365, so change what the portal proposes.
guided-by-hand-save = Press the blue **Save** at the bottom right. It is done when the Event at the bottom says completed. Plan and number are set then, and the next card only has to be checked.
guided-by-hand-password = The portal asks for a password: 8 to 16 characters with upper and lower case, a digit and a special character, without names, sequences or three equal ones. It is for CallTower Connect only. Do not write it here.
remark-reminded = Asked on { $asked }, reminded on { $reminded }: this still waits.
by-hand-title-device = Make the device for { $subject } on the PBX
by-hand-title-pbx-user = Set up { $subject } in the carrier's portal
by-hand-title-sync = Sync the Teams users for { $subject }
by-hand-title-enable = Enable calling for { $subject }
by-hand-title-remove-device = Remove the device of { $subject } from the PBX
by-hand-title-restore-device = Restore the emergency address of { $subject } on the PBX
by-hand-title-join-group = Put { $subject } into the sync group
by-hand-title-assign-number = Assign the number to { $subject } in the Teams admin center
by-hand-title-unassign-number = Take the number from { $subject } in the Teams admin center
by-hand-title-voice-route = Set the voice route of { $subject } in the Teams admin center
by-hand-title-restore-policy = Bring back the voice route of { $subject } in the Teams admin center
by-hand-device-open = In the PBX's portal open **Users**, then { $extension }, then **Phones**.
by-hand-device-add = Add the phone **{ $device }**, unless it is there already. Never delete one and make it anew.
by-hand-device-blank = Leave all fields blank but the emergency address and the number that emergency services call back.
by-hand-device-open-old = In the PBX's portal open **Users**, then the extension below, then **Phones**.
by-hand-device-remove = Delete the phone **{ $old_device }**, and no other.
by-hand-device-restore = Give the phone the emergency address and the call-back number below.
by-hand-pbx-user-open = In Users press **SET UP PBX USER** in the upper right corner and enter exactly the values below.
by-hand-pbx-user-device = Under User Devices press **Add New Device**, find **{ $device }** and press **SELECT** next to it.
by-hand-pbx-user-save = Press **Save User**.
by-hand-group-open = In the Microsoft 365 admin center open **Teams & groups** and the group **{ $group }**.
by-hand-group-add = Under **Members** add { $subject }.
by-hand-number-open = In the Teams admin center open **Voice**, **Phone numbers**.
by-hand-number-assign = Choose **{ $line }**, press **Edit** and assign it to { $subject }.
by-hand-number-remove = Choose **{ $old_line }**, press **Edit** and remove it from { $subject }.
by-hand-policy-open = In the Teams admin center open **Users**, then { $subject }, then **Policies**.
by-hand-policy-choose = Press **Edit** and choose the voice routing policy below.
by-hand-policy-restore = Press **Edit** and bring the voice routing policy back to what stands below.
remark-not-visible-pbx = { $by } pressed Done, but the PBX does not show it yet. I keep looking; please check the steps again.
remark-not-visible = { $by } pressed Done, but Microsoft 365 does not show it yet. I keep looking; please check the steps again.

## The card of a guided step

card-guided-values = Values
card-guided-note = Note
card-guided-note-placeholder = Anything worth knowing, such as an error in the portal
card-guided-done = Done
card-guided-fail = I can't
card-guided-operator = Hand over to
card-guided-operator-placeholder = Choose an operator
card-guided-hand-over = Hand over
card-guided-hint = Press Done afterwards. I check what I can see myself before I go on.

## The progress card

title-progress = { $work ->
    [offboard] Taking { $line } from { $subject }
    [change] Changing the line { $line } of { $subject }
    [undo] Taking back { $undone } for { $subject }
    [mend] { $mending }
   *[other] Setting up { $line } for { $subject }
}
progress-count = { $count } of { $total } steps done
card-progress-end = A step that is not done in time stops and says what it needs. Retry goes on from there.
card-progress-refresh = Refresh
card-progress-cancel = Cancel
detail-reported-deleted = Deleted, reported by { $by }.
detail-reported = Saved, reported by { $by }.
detail-reported-noted = Done, reported by { $by }. Nobody can read it back here.
mark-open = Not started
mark-running = Running
mark-waiting = Waiting
mark-done = Done
mark-failed = Failed

## The clock of a step

clock-started = step started { $at }
clock-checked = last checked { $at }
# Looks are spread a little, so that not all come at once.
clock-next = next check about { $at }
clock-often = next checks every few seconds
clock-usual-documented = the vendor says: up to { $most }
clock-usual-documented-first = the vendor says: up to { $most }, the first time up to { $first }
clock-usual-learned = usually { $half }, rarely more than { $most } (from { $cases } cases here)
clock-late = late from { $at }
answer-refresh = I look at { $request } now. Its card shows what I find.
refresh-just-looked = { $count ->
    [one] I looked at { $request } one second ago, and it was not done yet. The next look is about { $next }.
   *[other] I looked at { $request } { $count } seconds ago, and it was not done yet. The next look is about { $next }.
}
refresh-just-looked-soon = { $count ->
    [one] I looked at { $request } one second ago, and it was not done yet. I look again within a minute by myself.
   *[other] I looked at { $request } { $count } seconds ago, and it was not done yet. I look again within a minute by myself.
}
refresh-tried-again-soon = I could not look at { $request } just now. I try again within a minute by myself.
refresh-tried-again = I could not look at { $request } just now. I try again by myself, about { $next }.
refresh-under-way = I am working on { $request } at this moment. Its card shows the result by itself.
refresh-held-down = { $request } waits: { $system } has not worked since { $since }. I look again about once a minute by myself, until { $until }.
refresh-held-crowded = { $request } waits for its turn, because many requests need { $system } just now. I go on by myself, at the latest at { $until }.
say-sync-late = { $request } for { $subject }: Microsoft does not show { $line } yet, which takes longer than usual. I keep looking, until { $until }. Nobody should press Sync Teams Users again while a sync runs. If this is not the first sync of the company, ask the carrier whether it hangs.

## Whether somebody is told when a request is done

help-mute = Does not mention you any more when a request is done, nor write to you alone about it. What you asked for in our own chat is still answered there.
help-unmute = Tells you again when a request is done.
answer-muted = You are not told any more when a request is done, except in answer to what you asked for in our own chat. Type “unmute” to be told again.
answer-muted-already = You are not told when a request is done; that was so already. Type “unmute” to be told again.
answer-unmuted = You are told again when a request is done that you asked for or approved.
answer-unmuted-already = You are told when a request is done that you asked for or approved; that was so already. Type “mute” not to be.

## The failure card

title-failure = { $work ->
    [offboard] Stopped: the line of { $subject } is not gone yet
    [change] Stopped: the line of { $subject } is not changed yet
    [undo] Stopped: { $undone } is not taken back yet for { $subject }
    [mend] Stopped: { $mending }
   *[other] Stopped: the line of { $subject } is not ready
}
card-failure-step = Where it stopped
card-failure-cause = What is wrong
card-failure-fix = What to do next
card-failure-hint = Then press Retry.
card-failure-problems = Also not met
card-failure-done = Done so far
card-failure-not-done = Not done
card-failure-operator = Ask instead
card-failure-operator-placeholder = Choose an operator
card-failure-hand-over = Ask somebody else
card-failure-undo = Undo
card-failure-retry = Retry
card-failure-cancel = Cancel
failure-incident = The log tells more under { $incident }.

## What a button of the answer to why does

mending-group-sync = User Group Sync for { $subject }
mending-enable = Enable calling for { $subject }
mending-join-group = Put { $subject } into the sync group
card-why-join-group = Put into the sync group
card-why-group-sync = Ask for a User Group Sync
card-why-enable = Ask to enable calling

## The card at the end

title-done = { $work ->
    [offboard] The phone line of { $subject } is gone
    [change] The line of { $subject } is changed and works
    [undo] { $undone } is taken back for { $subject }
    [mend] Done: { $mending }
   *[other] The phone line of { $subject } works
}
title-done-saved = The change for { $subject } is saved, and the line works
card-done-evidence = Proof
card-done-reports = What people reported
done-read-at-microsoft = Read back from Microsoft 365 on { $time }.
done-read-at = Read back from Microsoft 365 and the PBX on { $time }.
done-reported-at = Nobody can read it back: it counts on { $time } because somebody reported it.

## The card of conditions that are not met

title-problems = { $work ->
    [offboard] The line of { $subject } cannot be taken away
    [change] The line of { $subject } cannot be changed
    [undo] { $undone } cannot be taken back for { $subject }
    [mend] Not possible: { $mending }
   *[other] { $subject } cannot get a line yet
}
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

row-heading = { $work ->
    [offboard] **{ $request }** · take the line from { $subject }
    [change] **{ $request }** · change the line of { $subject }
    [undo] **{ $request }** · take back { $undone } for { $subject }
    [mend] **{ $request }** · { $mending }
   *[other] **{ $request }** · { $subject }
}
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

## onboard-bot check: one line for each system

check-line-ok = ok     { $system }: { $what }
check-line-wrong = WRONG  { $system }: { $what } { $fix } Who can do it: { $who }.

check-line-note = note   { $system }: { $what }

## What the store knows about requests

unfinished-waiting = { $count ->
    [one] One request waits for it, which has not worked since { $since }. It goes on by itself or stops and says so.
   *[other] { $count } requests wait for it, which has not worked since { $since }. They go on by themselves or stop and say so.
}
unfinished-stopped = { $count ->
    [one] One request stopped here, on { $since }. Type “list failed” in a chat, then retry or cancel it.
   *[other] { $count } requests stopped here, the first on { $since }. Type “list failed” in a chat, then retry or cancel them.
}

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
check-ok-numbers = Numbers can be read. Whether the app may also assign them (TeamsTelephoneNumber.ReadWrite.All) and set voice routes (TeamsPolicyUserAssign.ReadWrite.All) shows only when it does.
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

## Slack: installing the app from a browser. Plain text; -next says what to do.

install-again = Start again
install-done = The bot is installed
install-done-next = You can close this page. In Slack, type /onboard, or open the bot under Apps. Invite it to the channels where it shall answer.
install-organisation = The bot is installed for your organisation
install-organisation-next = It is in no workspace yet. In Slack's organisation settings, open Integrations, choose the bot, and add it to the workspaces that shall use it.
install-declined = The bot was not installed
install-declined-next = You declined in Slack, and nothing was changed. If you may not install apps yourself, ask an administrator of the workspace to open this page's link.
install-refused = The bot was not installed
install-refused-next = Slack refused, and nothing was changed. Start again; if it happens again, ask an administrator of the workspace whether apps need an approval.
install-stale = This link does not work any more
install-stale-next = It works once, for ten minutes, and only in the browser in which it was begun. Nothing was changed.
install-wrong-code = Slack did not confirm the installation
install-wrong-code-next = The confirmation was used already, or it came too late. Nothing was changed.
install-not-allowed = This workspace may not use the bot
install-not-allowed-next = Nothing was kept. Ask whoever runs the bot to add your workspace to its configuration (slack.allowed_teams), and remove the app in Slack until then.
install-misconfigured = The bot is not set up correctly
install-misconfigured-next = Slack does not accept its settings. Ask whoever runs the bot to compare slack.app_id, slack.client_id, slack.client_secret and the redirect URL with the app's page in Slack. The log says what Slack answered.
install-slack-down = Slack does not answer
install-slack-down-next = Wait a few minutes.
install-crowded = Too many people are installing the bot at this moment
install-crowded-next = Wait a minute.
install-store-down = The bot cannot keep the installation at the moment
install-store-down-next = Nothing was kept. Wait a few minutes; if it stays like this, tell whoever runs the bot.
## Slack: who somebody is

refusal-slack-bot = I take requests from people only.
refusal-slack-foreign = You belong to another workspace or company than the one that I serve here, so nothing was changed. Ask somebody of this workspace.
refusal-slack-guest = You are a guest in this workspace, so nothing was changed. Ask a full member, or have your account made one.
refusal-slack-unconfirmed = Slack has not confirmed your e-mail address, so I cannot tell who you are, and nothing was changed. Confirm it in your Slack account settings, then try again.
refusal-slack-unknown = Slack says that your e-mail address is { $email }, and nobody in Microsoft 365 has it, so nothing was changed. Ask your Microsoft 365 admin to enter it with your account, or change your address in Slack to your user name in Microsoft 365.
refusal-slack-ambiguous = Slack says that your e-mail address is { $email }, and more than one account in Microsoft 365 has it, so I cannot tell who you are, and nothing was changed. Ask your Microsoft 365 admin to leave it with one account.
home-system-works = Works, as far as I know.
home-system-probed = Did not work lately; I am trying it now.
home-system-down = Does not work at the moment. Requests wait for it and go on by themselves.

## Why: short names of the conditions of a phone line

condition-account = Account in Microsoft 365
condition-sign-in = May sign in
condition-member = Member, not guest
condition-first-name = First name
condition-last-name = Last name
condition-licence = Licence for calling
condition-teams-licence = Licence for Teams
condition-virtual-user = Virtual-user licence
condition-usage-location = Usage location
condition-on-premises = Number from an own directory
condition-set-up = Set up by Teams
condition-account-type = Kind of account in Teams
condition-calling-plan = Microsoft calling plan
condition-number = Phone number
condition-calling = Calling enabled
condition-policies = Voice policies
condition-group = Sync group
condition-group-own = Group of its own
condition-group-kind = Kind of group
condition-membership = In the sync group
condition-consent = Consent to the provider
condition-disabled-before = Disabled before at the carrier
condition-last-sync = Last sync of the carrier
condition-calltower = User in CallTower Connect
condition-extension = Extension on the PBX
condition-extension-owner = Owner of the extension
condition-device = Device of the connector
condition-emergency = Emergency address of the device
condition-registered = Device registered
condition-old-device = Older connector
condition-answer-rule = Answer rule
condition-held = Extension or number held
condition-under-way = Request under way
condition-request = Request { $request }

## Why: what is as it should be

fine-account = { $name }
fine-sign-in = Yes
fine-member = Member
fine-filled = Filled in
fine-not-filled = Empty, which this carrier does not mind
fine-licence = Usable
fine-none = None
fine-value = { $value }
fine-cloud-account = The account lives in Microsoft 365 only
fine-set-up = Yes
fine-account-type = User
fine-number-ours = { $number }, from { $request }
fine-calling = Yes
fine-group-own = Yes
fine-group-kind = Microsoft 365
fine-membership = Yes, in { $group } itself or in a group inside it
fine-consent = Given, says the bot's configuration
fine-own-sync = Microsoft showed this user's line to { $request } on { $at }
fine-extension = { $extension }: { $owner }
fine-extension-owner = This user
fine-emergency = Set
fine-registered = Yes
fine-unregistered = No, so nobody uses it
fine-answer-rule = Rings { $device } as well
fine-held = For this user, by { $request }
fine-held-cooling = Taken away by { $request }, kept for this user until { $until }
fine-not-held = By nobody

## Why: what is in nobody's way now, and still worth knowing

look-no-usage-location = The user has no usage location in Microsoft 365. Some licences need one.
look-no-usage-location-fix = Set the usage location in the user's licence settings.
look-licence-grace = The licence for calling has run out and is in its grace period.
look-licence-grace-fix = Renew it soon; when the grace period ends, calling stops.
look-calling-plan = The user has a Microsoft calling plan, which gets in the way of a number from anybody else: a carrier may not even list the user.
look-calling-plan-fix = Remove the calling plan if it is not needed, and keep Teams Phone Standard.
look-number-leaving = Teams still shows { $number }. { $request } has begun to take the line away and is not done.
look-number-awaited = Teams does not show { $line } of { $request } yet.
look-calling-later = Calling is not enabled. That comes with the line.
look-policies-later = There is no voice routing policy. That comes with the line.
look-group-kind = { $group } is no group of Microsoft 365 or Teams. The carrier offers only those for its sync.
look-group-kind-fix = Look in the carrier's portal which group the sync uses. If it cannot be this one, make a Microsoft 365 group, such as “Teammate Sync”, and name it in the bot's configuration.
look-consent = The bot's configuration says that the enterprise gave the provider no consent. So nothing is synced or enabled until somebody presses it.
look-consent-fix = After each change, as a Global Administrator, press **Sync Teams Users** on the portal's Dashboard once, and then **Enable Calling** at the user.
look-extension-owner = The extension { $extension } belongs to { $owner } on the PBX, and nobody else is known by that name.
look-extension-owner-fix = Make sure that it is this user's extension.
look-emergency = The device { $device } has no emergency address of its own.
look-emergency-fix = Have the address entered at the device, chosen by somebody who knows where the user works.
look-device-later = The device { $device } is not on the PBX yet. Onboarding makes it.
look-registered-later = The device { $device } is not registered yet. That comes with calling.
look-old-device = The extension still has the device { $device } of an older connector.
look-old-device-fix = If nobody uses it, have it removed on the PBX.
look-answer-rule = The answer rule of { $extension } that is in force does not ring { $device }, so calls may not reach Teams.
look-answer-rule-fix = In the answer rule on the PBX, let all of the user's devices ring at once, or add { $device }.
look-do-not-disturb = Do not disturb is on for { $extension } on the PBX, so nothing rings.
look-do-not-disturb-fix = Have it switched off on the PBX if the user does not want it.
look-forwarded = All calls to { $extension } are forwarded on the PBX, so Teams does not ring.
look-forwarded-fix = Have the forwarding switched off on the PBX if the user does not want it.

## Why: what cannot be known, and what to do instead

unsure-permission = The bot may not read this: it needs the permission { $permission } of { $system }.
unsure-permission-fix = Add the application permission { $permission } to the bot's app for { $system } and grant admin consent.
unsure-down = { $system } has not worked since { $since }, so it was not asked.
unsure-down-fix = Ask again when it works.
unsure-on-premises = The account comes, or came, from a directory of your own, and Microsoft Graph has no documented way to show a number that was set there.
unsure-on-premises-fix = Look with Get-CsOnlineUser in Teams PowerShell whether a number from the own directory is set, and clear it there.
unsure-account-type = Teams does not say what kind of account this is.
unsure-account-type-fix = Look at the user in the Teams admin center.
unsure-no-group = The bot's configuration names no sync group.
unsure-no-group-fix = Name it in customers.graph.sync_group.
unsure-group-hidden = The directory does not show the group, only that the user is in it.
unsure-group-hidden-fix = Make sure that it is a Microsoft 365 group of its own and not that of the whole company, and let the bot's app read groups.
unsure-disabled-before = The carrier documents no way to list users who were disabled in its portal, and I know of no request of mine that left this one disabled.
unsure-disabled-before-fix = Look in the portal under Users with the filters Disabled and Deleted. If the user is there, delete the old record.
unsure-last-sync = The carrier documents no way to tell when it last synced its groups. The last line that I saw appear was that of { $request }, on { $at }.
unsure-last-sync-fix = If the user was put into the group, licensed or changed after that, have a **User Group Sync** made in the portal.
unsure-never-synced = The carrier documents no way to tell when it last synced its groups, and I have not seen a line appear yet.
unsure-never-synced-fix = Have a **User Group Sync** made in the portal.
unsure-calltower = CallTower documents no way to read its portal.
unsure-calltower-fix = Look in CallTower Connect under Users: the user name must be { $name }, as in Microsoft 365. If the user is not there, look under Sync Online Users.
unsure-extension = Neither a request nor Teams tells me an extension of { $upn }. The PBX can list its users but documents no way to search them by name or e-mail, so I did not look there.
unsure-extension-fix = Ask “number” with the extension, or start with “onboard { $upn } ext” and the extension: that checks it and changes nothing before it is approved.
unsure-owner = Whose it is can be told only once Microsoft 365 shows the user.
unsure-owner-fix = Look at name and e-mail address of the extension on the PBX.
unsure-registered = The PBX does not say whether { $device } is registered.
unsure-registered-fix = Look at the device on the PBX.
unsure-answer-rule = The PBX shows no answer rule of { $extension } that is in force.
unsure-answer-rule-fix = Look at the answer rules of the extension on the PBX.

## Why: further conditions that are not met

cond-user-by-mail = { $upn } is an e-mail address and no user name. It belongs to { $other }.
cond-user-by-mail-fix = Use the user name: “why { $other }”.
cond-teams-unusable = The licence for Teams itself cannot be used: Microsoft reports { $status }.
cond-teams-unusable-fix = Check the licence in the Microsoft 365 admin center and assign it again if needed.
cond-no-teams = The user has no licence for Teams itself.
cond-no-teams-fix = Assign a licence that contains Teams.
cond-not-set-up = Teams has not set the user up yet. After a licence is assigned that can take a day.
cond-not-set-up-fix = If the licence is older than a day, look at the user in the Teams admin center, or take the licence away and assign it again.
cond-account-type = Teams counts the account as { $type }, not as a user.
cond-account-type-fix = Check the user's licences in the Microsoft 365 admin center, and the user in the Teams admin center.
cond-number-gone = Teams does not show { $line } any more, which { $request } had set up.
cond-number-gone-fix = Look at the user in the carrier's portal; disabling calling, waiting some minutes and enabling it sends the settings to Teams again.
cond-number-other = Teams shows { $number } instead of { $line } of { $request }.
cond-number-other-fix = Find out who changed it. Remove { $number } in the Teams admin center if it is not wanted.
cond-calling-off = Teams shows a number, but calling is not enabled.
cond-calling-off-fix = In the carrier's portal under Users, press the three dots at the user and **Enable Calling**.
cond-calling-off-microsoft = Teams shows a number, but calling is not enabled.
cond-calling-off-microsoft-fix = Look at the user in the Teams admin center: the licence for calling and the number must both be there.
cond-no-voice-route = Calling is enabled, but there is no voice routing policy, so nobody can be called.
cond-no-voice-route-fix = In the carrier's portal, disable calling for the user, wait some minutes and enable it again: that sends the settings to Teams once more.
cond-no-voice-route-microsoft = Calling is enabled, but there is no voice routing policy, so nobody can be called.
cond-no-voice-route-microsoft-fix = Assign the voice routing policy. With CallTower, it is theirs: ask their support if a day has passed.
cond-device-gone = The device { $device } is not on the PBX any more.
cond-device-gone-fix = Find out who removed it. Have it made again with its emergency address, and the user saved again at the carrier.
cond-device-unregistered = The device { $device } is not registered, so calls do not reach Teams.
cond-device-unregistered-fix = Check in the carrier's portal that calling is enabled, and that the password of the device is the one on the PBX.

## The card of why

title-why = A phone line for { $subject }: every condition
summary-why = { $count ->
    [0] { $subject }: nothing that I can see is in the way of a phone line
    [one] { $subject }: one condition of a phone line is not met
   *[other] { $subject }: { $count } conditions of a phone line are not met
}
why-count = { $count ->
    [0] Nothing that I can see is in the way.
    [one] One condition is not met.
   *[other] { $count } conditions are not met.
}
card-why-not-met = Not met
card-why-worth-knowing = Worth knowing
card-why-unknown = Cannot be known, or not now
card-why-met = As it should be
why-by-hand = I only looked and changed nothing. What is to be done, whoever is named does by hand; then ask again.
why-by-hand-or-button = I only looked and changed nothing. What is to be done, whoever is named does by hand; for what has a button below, press it. Then ask again.
inquiry-since = Since { $time }
inquiry-read-at = Read on { $time }.

## The card of who has a number

title-number = Who has { $number }?
summary-number = Who has { $number }
summary-number-verdict = { $number }: { $verdict }
number-held = It is in use.
number-held-partly = It is in use, and not everybody could be asked.
number-unsure = I found nobody who has it, but not everybody could be asked.
number-free = Nobody has it, as far as I can see.

place-microsoft = Microsoft Teams
place-pbx = PBX
place-pbx-device = Device on the PBX
place-pbx-number = Number on the PBX
place-requests = Requests
place-configuration = The bot's configuration

holder-microsoft-none = The tenant does not know { $line }.
holder-microsoft-unassigned = { $line } is in the tenant ({ $kind }) and assigned to nobody.
holder-microsoft-unassigned-pending = { $line } is in the tenant ({ $kind }) and assigned to nobody; Microsoft reports { $activation }.
holder-microsoft-user = { $line } is the number of { $name } ({ $upn }).
holder-microsoft-user-pending = { $line } is to be the number of { $name } ({ $upn }); Microsoft reports { $activation }.
holder-microsoft-resource = { $line } belongs to the resource account { $name } ({ $upn }): an auto attendant or a call queue.
holder-microsoft-resource-pending = { $line } is to belong to the resource account { $name } ({ $upn }); Microsoft reports { $activation }.
holder-microsoft-unlisted = { $line } is assigned to { $id }, which the directory does not list: a deleted user, or a service.
holder-microsoft-unlisted-pending = { $line } is to be assigned to { $id }, which the directory does not list: a deleted user, or a service. Microsoft reports { $activation }.
holder-microsoft-unlisted-fix = Look for it among the deleted users in the Microsoft 365 admin center. If Microsoft does not let you take the number away, restore the user, take it away, and delete the user again.
holder-microsoft-unnamed = { $line } is assigned to { $id }, whose name was not told.
holder-microsoft-unnamed-pending = { $line } is to be assigned to { $id }, whose name was not told; Microsoft reports { $activation }.
holder-microsoft-other = { $line } is in use in the tenant: { $status }.
holder-microsoft-other-pending = { $line } is in use in the tenant: { $status }; Microsoft reports { $activation }.
holder-pbx-none = There is no extension { $extension }.
holder-pbx-user = { $extension } is the extension of { $name }.
holder-pbx-system = { $extension } belongs to the PBX itself: { $name }.
holder-device-registered = { $device } is registered.
holder-device-unregistered = { $device } is there and not registered.
holder-device-untold = { $device } is there; the list does not say whether it is registered.
holder-route-none = The PBX does not have this number.
holder-route-available = The PBX has this number and uses it for nothing.
holder-route = Calls go to: { $application }.
holder-route-destination = Calls go to { $destination } ({ $application }).
holder-cooling = { $request } took it from { $subject }; it is kept from others until { $until }, and { $subject } can get it back.
holder-request = { $request } holds it for { $subject }.
holder-request-asks = { $request } for { $subject } asks for it and does not hold it yet.
holder-request-takes = { $request } for { $subject } is to take it away and is not approved yet.
holder-request-none = No request holds it or asks for it.
holder-pool = It belongs to the pool of numbers.
holder-pool-not = It does not belong to the pool of numbers.
holder-callback = It is the callback number of the emergency address { $address }.

## Slack: what is sent

# Behind a text that was cut because Slack takes no longer one.
slack-cut = (The rest does not fit in a Slack message. Ask for less, for example “list mine” or “help onboard”.)
# Where somebody typed a slash command and the bot is no member; the answer itself is in their direct message.
slack-not-here = I am not in this conversation, so I answer in our direct message. To have it here for everybody, add me to the channel and type the command again.

## Slack: cards and forms

slack-and-more = … and { $count } more.
slack-names-too-long = Slack cannot offer names of more than 75 characters: { $names }. Have them shortened in the configuration.
slack-voicemail-pbx = Unanswered calls go to the PBX mailbox; call queues keep working
slack-voicemail-teams = The PBX mailbox is no longer reached; call queues can misroute
slack-confirm-too-many = There are more choices than fit into a message. Open the form to see all of them.
slack-confirm-open-form = Open the form
form-confirm-title = Phone line
form-confirm-close = Close
form-confirm-keep = You can close this and choose later: the same choices are in the conversation.
form-reason-title = Reject { $request }
form-reason-label = Reason
form-reason-hint = The requester will see it.
form-reason-close = Close
form-onboard-title = New phone line
form-onboard-intro = I check the user and the extension first. Nothing is changed before somebody approves the plan.
form-onboard-subject = Who needs a line?
form-onboard-subject-placeholder = alice@contoso.com
form-onboard-extension = Which extension?
form-onboard-extension-placeholder = 1000
form-onboard-submit = Check
form-onboard-close = Close
form-note-title = Phone line
form-note-close = Close
slack-home-title = Phone lines
slack-home-refresh = Refresh
slack-home-onboard = New phone line
slack-home-waiting = Waiting for you
slack-home-waiting-none = Nothing waits for you.
slack-home-waiting-hint = Their cards are in the conversations. Type “status” and the request to see one here under Messages.
slack-home-mine = Your requests
slack-home-mine-none = You have not asked for a line yet. Press “New phone line”, or type “onboard alice@contoso.com ext 1000” here under Messages.
slack-home-systems = Systems
slack-page-read-at = Read on { $time }.

## Slack: what comes in

slack-reject-by-words = I could not open the form in time. Press Reject again, or type “reject { $request }” and the reason.
slack-onboard-by-words = I could not open the form in time. Try again, or write to me: onboard alice@contoso.com ext 1000
slack-press-again = I could not open the form in time. Press again, or choose on the card itself.

## Slack: what the check finds

check-ok-slack-token = The bot is { $user } in the workspace { $team } ({ $url }).
check-ok-slack-scopes = The app has every permission that it needs.
check-ok-slack-socket = Slack opens a connection without a public address.
check-ok-slack-installed = Workspaces install the app themselves, and their tokens are in the store.
check-slack-team = The bot's token is for the workspace { $team } ({ $id }), which may not talk to the bot.
check-slack-team-fix = Add { $id } to slack.allowed_teams, or enter the token of an allowed workspace in slack.bot_token.
check-slack-customer = The bot's token is for the workspace { $team } ({ $id }), which belongs to no customer.
check-slack-customer-fix = Enter { $id } as slack_team_id of the customer whose people are there, or enter another token in slack.bot_token.
check-slack-scopes = These permissions of the app are missing: { $scopes }.
check-slack-scopes-fix = Add them under “OAuth & Permissions” in the settings of the Slack app, and install the app in the workspace again.
check-slack-untold = Slack does not tell what the token may do.
check-slack-untold-fix = Enter the app's bot token (xoxb-…) in slack.bot_token.
check-slack-app-token = The app token may not open connections ({ $code }).
check-slack-app-token-fix = Make an app-level token (xapp-…) with the permission connections:write, and enter it in slack.app_token.
