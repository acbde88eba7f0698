# What the pages say. Keys begin with the page; de.ftl has the same ones.

## The frame
skip = Skip to content
nav = Main
nav-hub = Hub
nav-menu = Menu
nav-inbox = Inbox
nav-people = People
nav-suggestions = Suggestions
nav-orders = Orders
nav-connections = Connections
nav-plugins = Plugins
nav-deliveries = Deliveries
nav-audit = Audit log
nav-settings = Settings
nav-account = Account
sign-out = Sign out

## What somebody may do
role-read-only = Read-only
role-agent = Agent
role-supervisor = Supervisor
role-operator = Operator
role-owner = Owner

## Signing in
sign-in-title = Sign in
sign-in-login = Mail address
sign-in-password = Password
sign-in-do = Sign in
sign-in-elsewhere = Sign in with { $label }
sign-in-help = Forgotten the password? An owner of this hub can send you a link for a new one.
sign-in-wrong = Mail address and password do not fit together.
sign-in-wait = This was tried too often. Try again in { $wait }.
sign-in-unusable = Nobody can sign in here yet
sign-in-unusable-text = This hub is reached without TLS, where everybody on the way can read a password. Have it reached over https (http.public_url), or allow it (accounts.allow_plain_http).
sign-in-unowned = This hub has no owner yet
sign-in-unowned-text = Open the link that it printed when it started, or print another one with: switchboard account link
oidc-off = This hub knows no identity provider.
oidc-provider = The identity provider could not be used. Try again; if it stays so, tell whoever runs this hub.
oidc-pending = This sign-in was not begun in this browser, or too long ago. Begin again.
oidc-denied = The identity provider did not sign you in.
oidc-unverified = The identity provider does not say that your mail address is verified, so it leads to no account here.
oidc-nobody = Your mail address has no account here. Ask an owner for an invitation.
oidc-barred = This account cannot be used by signing in elsewhere. Ask an owner.

## One-time links
setup-owner = Make this hub yours
setup-owner-text = You become its owner: you invite others and decide what they may do.
setup-owner-do = Become the owner
setup-join = Welcome
setup-join-text = You join as { $login }. Choose a password.
setup-join-do = Join
setup-reset = Choose a new password
setup-reset-text = For { $login }. You are signed out everywhere else, and a second factor is to be set up anew.
setup-reset-do = Change the password
setup-sign-in-text = As { $login }. This works once.
setup-name-hint = What colleagues see beside what you write.
setup-login-wrong = Write a mail address, such as ada@example.com.
setup-dead = This link works no more
setup-dead-text = It was used already, is too old, or was mistyped. Ask for a new one.
setup-dead-on = Sign in
link-title = A link for one person
link-invite = { $login } joins with it and chooses a password.
link-reset = { $login } chooses a new password with it. Their second factor goes.
link-once = It is shown this once
link-until = Hand it over yourself, to nobody else. It works once, until
password-hint = At least { $least } characters. A few words together are easy to keep in mind.
password-short = Write at least { $least } characters.
password-long = This is too long.
password-easy = This is easy to guess. Take more than a few different characters, and not the mail address.

## One's own account
account-title = Your account
account-intro = Your role: { $role }
account-about = About you
account-name = Name
account-name-wrong = Write a name of 1 to 100 characters.
account-language = Language
account-language-browser = As the browser says
language-en = English
language-de = Deutsch
account-zone = Time zone
account-zone-hint = Times are shown as your clock has them.
account-zone-wrong = There is no such time zone. Choose one of the list, such as Europe/Berlin.
account-save = Save
account-browser-unknown = A browser
account-password = Password
account-state-active = active
account-state-invited = invited
account-state-disabled = disabled
password-now = Present password
password-new = New password
password-do = Change the password
password-ends = You are signed out everywhere else.
password-none = You sign in elsewhere, without a password of this hub.
password-wrong = This is not the present password.
browsers-title = Where you are signed in
browsers-here = this browser
browsers-seen = last seen
browsers-began = since
browsers-end = Sign out
browsers-end-all = Sign out everywhere
factor-title = Second factor
factor-why = A code from an app on your phone beside the password: whoever learns the password alone does not come in.
factor-on = on
factor-off = off
factor-begin = Set it up
factor-change = Change it
factor-first = A second factor comes first
factor-first-text = This hub asks everybody of your role for one. Then you can go on.
factor-step-scan = Scan this with an authenticator app
factor-step-scan-text = Any app for one-time codes will do.
factor-step-type = Or type this into the app:
factor-step-code = Type the code that the app shows
factor-picture = QR code for an authenticator app
factor-code = Code of the app, or a recovery code
factor-code-app = Code of six digits
factor-code-why = Asked for again before anything changes.
factor-do = Turn it on
factor-renew = Make new recovery codes
factor-remove = Turn it off
factor-codes-left = { $count ->
    [one] One recovery code is left.
   *[other] { $count } recovery codes are left.
}
factor-asked = One more step
factor-asked-text = Type the code that your authenticator app shows.
factor-asked-help = Phone lost? A recovery code works, too, once each.
factor-wrong = This is no code of now, or it was used already.
factor-wrong-new = This is not a code that the app shows now. Check that the time of the device is right.
codes-title = Recovery codes
codes-text = Each lets you in once where the app is lost.
codes-once = They are shown this once
codes-once-text = Print them, or keep them where you keep passwords.
codes-kept = I have kept them

## The team
team-title = Team
team-intro = Who works with this hub, and what they may do.
team-members = Everybody
team-me = (you)
team-login = Mail address
team-role = Role
team-role-of = Role of { $name }
team-role-do = Change
team-role-wrong = Choose a role.
team-invite = Invite somebody
team-invite-text = You get a link to hand over. The hub sends no mail by itself.
team-invite-do = Make the invitation
team-invite-again = New link
team-reset = New password
team-disable = Disable
team-enable = Enable
team-taken = { $login } has an account already.
team-last-owner = This is the last owner who can sign in. Make somebody else an owner first.
team-name-taken = A team is called { $name } already.
teams-title = Teams
teams-empty = No team yet. Conversations can be assigned to one.
teams-nobody = nobody yet
teams-name = Name
teams-members = Members
teams-new = New team
teams-create = Make the team
teams-remove = Remove the team
done-saved = Saved.
done-password = The password was changed. You are signed out everywhere else.
done-signed-out = That browser is signed out.
done-factor-removed = The second factor is off.
done-role = The role was changed. They sign in anew.
done-disabled = The account is disabled and signed out everywhere.
done-enabled = The account can sign in again.
done-team = Saved.
done-token-revoked = The token is worth nothing any more.

## API tokens
token-all = API tokens
token-intro = For programs. Each has a role, may be confined to parts of the hub, and can end by itself.
token-docs = The API
token-empty = No token yet.
token-new = New token
token-title = Title
token-title-hint = Who uses it, and what for.
token-title-wrong = Say in 1 to { $most } characters who uses it.
token-lasts = Works for
token-lasts-wrong = Choose how long it works.
token-for-good = until it is revoked
token-scopes = Confined to
token-scopes-hint = Choose nothing, and it may everything that its role may.
token-confine = Only what is chosen here
token-scope-none = nothing
token-scope-read = read
token-scope-write = read and change
token-scope-wrong = Choose at least one part of the hub, or let it have all that its role may.
token-everything = everything that its role may
token-made = made
token-until = until
token-expired = expired
token-revoke = Revoke
token-do = Make the token
token-new-title = A new token
token-once = It is shown this once
token-once-text = Whoever has it may what it may. Keep it where secrets are kept.
token-use = Send it with every request:
area-people = People
area-hint-people = who they are, their timelines, consents and suggestions, and searching
area-conversations = Conversations
area-hint-conversations = messages, read and sent
area-orders = Orders
area-hint-orders = with parcels, refunds and payments
area-events = Events
area-hint-events = everything that happens, as it happens
area-connections = Connections
area-hint-connections = settings, secrets, budgets and actions
area-plugins = Plugins
area-hint-plugins = with their grants
area-deliveries = Deliveries
area-hint-deliveries = what came in
area-privacy = Privacy
area-hint-privacy = exports, erasures, and what people ask for
area-audit = Audit log
area-hint-audit = who did what, and when
area-tokens = API tokens
area-hint-tokens = making and revoking them
area-accounts = Accounts
area-hint-accounts = accounts and teams
area-metrics = Metrics
area-hint-metrics = what the hub counts of itself

## Times
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
time-day = { $day } { $month }
time-year = { $day } { $year }
time-at = { $day }, { $clock }
length-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
length-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
length-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
length-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}

## When something does not work
problem-home = Back to the inbox
problem-request = That does not work as asked
problem-request-text = Something in the address or the form cannot be understood. Go back, change it and try again.
problem-stranger = Sign in first
problem-stranger-text = This page is for people who are signed in.
problem-forbidden = Your role does not include this
problem-forbidden-text = Ask an owner of this hub if you need it.
problem-missing = There is nothing here
problem-missing-text = The address is mistyped, or what stood here was removed.
problem-conflict = It has changed meanwhile
problem-conflict-text = What you wanted to change is no longer as the page showed it. Load it again and look.
problem-gone = It was erased
problem-gone-text = What stood here was erased and cannot be brought back.
problem-busy = The hub cannot do this right now
problem-busy-text = Nothing is lost. Try again in a moment.
problem-failed = The hub failed to do this
problem-failed-text = Its log says more. Whoever runs the hub can look there.

## How surely a name is somebody's
evidence-verified = verified
evidence-recorded = recorded
evidence-claimed = claimed

## Words that many pages use
all = All
back = Back
cancel = Cancel
save = Save
search = Search
search-clear = Clear
filter = Filter
undo = Undo
optional = optional
copy = Copy
copied = Copied
crumb = You are here
table-actions = Actions
percent = { $share }%
pager = Pages
pager-first = Back to the first
pager-next = Next
form-wrong = This needs another look:
reason = Reason
reason-hint = For whoever looks at it afterwards.
source-hub = Switchboard

## What was just done
done-approved = Approved. The version serves now.
done-changed = Saved.
done-connected = Connected. Give the other system the address below.
done-decided-already = That was decided already.
done-discarded = Given up. The request is gone.
done-erased = Erased. Nothing of this person is left.
done-kept-apart = Noted: these are two people.
done-merged = Joined. You can undo this in the timeline.
done-parted = Parted. You can undo this in the timeline.
done-paused = Paused. What comes in is kept until you resume.
done-recorded = Recorded.
done-removed = Removed.
done-replaced = Replaced. The new value is in use.
done-replayed = Run again, and it worked.
done-resumed = Resumed. What was kept meanwhile is being caught up on.
done-revoked = Taken back.
done-rolled-back = Rolled back. The earlier version serves now.
done-same = These are one person already.
done-still-parked = Run again, and it failed again.
done-undone = Taken back.
done-upgraded = The version serves now.

## How surely a name is somebody’s
evidence-means-verified = The person proved that it is theirs.
evidence-means-recorded = A business system has it on record.
evidence-means-claimed = Somebody typed it, and nobody checked.
namespace-email = E-mail
namespace-phone = Phone

## What is known of a person
field-name = Name
field-first-name = First name
field-last-name = Last name
field-email = E-mail
field-phone = Phone
field-language = Language
field-time-zone = Time zone
field-country = Country
field-address = Address
field-company = Company
field-birthday = Birthday
field-avatar-url = Picture
field-plan = Plan
field-loyalty-tier = Loyalty tier
field-tags = Tags
field-note = Note
field-username = User name
place-name = Name
place-identifier = Identifier
place-order = Order
place-message = Message
purpose-service = service
purpose-marketing = marketing
purpose-all = everything
channel-all = every channel
channel-email = e-mail
channel-sms = SMS
channel-phone = phone

## States of orders, parcels, payments and the like
state-open = open
state-closed = closed
state-cancelled = cancelled
state-completed = completed
state-processing = processing
state-on-hold = on hold
state-pending = pending
state-paid = paid
state-partially-paid = partly paid
state-authorized = authorised
state-unpaid = unpaid
state-refunded = refunded
state-partially-refunded = partly refunded
state-voided = voided
state-failed = failed
state-succeeded = succeeded
state-success = sent
state-fulfilled = fulfilled
state-unfulfilled = not sent yet
state-partial = partly sent
state-shipped = on its way
state-in-transit = on its way
state-out-for-delivery = out for delivery
state-delivered = delivered
state-returned = returned
state-abandoned = abandoned
state-active = active
state-paused = paused
state-expired = expired
state-trialing = on trial
state-solved = solved
state-new = new
state-missed = missed
state-ended = ended
state-answered = answered
part-fulfilment = Parcel
part-refund = Refund
part-payment = Payment

## Timeline
happened-wrote = Wrote
happened-sent = We wrote
happened-edited = Changed a message
happened-deleted = Took a message back
happened-reacted = Reacted { $emoji }
happened-unreacted = Took a reaction back
happened-status-accepted = A message was accepted
happened-status-sent = A message was sent
happened-status-delivered = A message was delivered
happened-status-read = A message was read
happened-status-failed = A message could not be delivered
happened-called = Called
happened-was-called = Was called
happened-customer = Customer record updated
happened-customers-merged = Customer records were merged
happened-customer-deleted = Customer record deleted
happened-renamed = Changed { $old } to { $new }
happened-agreed = Agreed to { $purpose } ({ $channel })
happened-withdrew = Withdrew leave for { $purpose } ({ $channel })
happened-page = Looked at a page
happened-article = Read an article
happened-survey = Answered { $survey }
happened-privacy-access = Asks what is known of them
happened-privacy-erase = Asks to be erased
happened-privacy-erase-connection = Everything from this connection is to be erased
happened-other = Other: { $kind }
happened-insight = { $kind }: { $label }
insight-sentiment = Mood
insight-urgency = Urgency
insight-language = Language
insight-intent = Intent
insight-topic = Topic
insight-keyword = Keyword
label-negative = negative
label-neutral = neutral
label-positive = positive
label-high = high
label-medium = medium
label-low = low
happened-merged = { $by } said that two profiles are one person
happened-parted = { $by } said that these are different people
happened-undone = { $by } took a decision back
happened-erased = Erased
happened-order = Order { $number }: { $state }
happened-parcel = Parcel: { $state }
happened-refund = Refund
happened-cart = Cart: { $state }
happened-ticket = Ticket: { $state }
happened-payment = Payment: { $state }
happened-subscription = Subscription: { $state }
happened-files = { $count ->
    [one] { $count } file
   *[other] { $count } files
}
happened-place = a place
happened-contacts = contacts
happened-products = products
happened-unsupported = cannot be shown

## People
people-search = Find by name, e-mail, number, order or message
people-search-hint = A slip of the keyboard does not matter, and the end of a telephone number is enough.
people-behind = { $count ->
    [one] { $count } new event is not searched yet.
   *[other] { $count } new events are not searched yet.
}
people-more = { $count } more
people-empty = Nobody is here yet
people-empty-text = People appear by themselves once a connected channel or shop says something of them.
people-none = Nobody fits
people-none-text = Try another spelling, fewer words, or an e-mail address or number.
person-nobody = Somebody without a name
person-active = Last heard of:
person-conversation = Open conversation
person-do = More
person-timeline = What happened
person-timeline-empty = Nothing has happened yet.
person-names = Known as
person-names-empty = Nothing names this person yet.
person-former = former
person-since = since
person-until = until
person-suggestions = Maybe the same person
person-values = What is stated
person-values-empty = Nothing is stated yet.
person-no-value = no value
person-source-gone = a removed connection
person-before = Before:
person-also = Also said:
person-all-orders = All orders
person-orders-empty = No order yet.
person-consents = Consents
person-consents-empty = Nothing was agreed to or withdrawn yet.

## Why somebody is one person
explain-link = Why one person?
explain-title = Why { $name } is one person
explain-intro = Every join has a reason here, and each decision can be undone.
explain-reasons = What joins the names
explain-reasons-empty = There is one name, which needs no reason.
explain-doubts = What is in doubt
explain-doubts-empty = Nothing is in doubt.
explain-decisions = What people decided
explain-decisions-empty = Nobody decided anything.

## Joining
merge-link = Join with another
merge-title = Join { $name } with another
merge-search = Who is the same person?
merge-hint = Search for the other profile. You see what happens before anything changes.
merge-choose = Choose
merge-preview = These two would become one person:
merge-values = { $count ->
    [one] { $count } field is stated
   *[other] { $count } fields are stated
}
merge-then = What happens
merge-then-one = There is one profile with all names, values and orders of both. Where values differ, the better source counts, and the other stays visible.
merge-then-conversation = Their histories and open conversations become one.
merge-then-links = Links to either lead to the one person from then on.
merge-then-undo = It can be undone at any time: nothing is lost.
merge-do = Join them
merge-other = Choose somebody else
merge-nobody = Choose whom to join with first.

## Parting
split-link = Part into two
split-title = Part { $name } into two
split-intro = Tick the names that are somebody else’s. Conversations and orders go with them.
split-which = These are somebody else’s
split-then = Nobody will be taken to have names of both sides again, unless you undo this.
split-do = Part them
split-none = Tick at least one name.
split-all = Leave at least one name unticked.
split-changed = The names have changed meanwhile. Look again and tick anew.
split-empty = There is nothing to part
split-empty-text = This person is known by a single name.

## Consents
leave-link = Record consent
leave-title = Record a consent of { $name }
leave-intro = What you record counts as said after everything before it.
leave-channel = Channel
leave-channel-hint = The channel’s name, such as email, or all.
leave-purpose = For what
leave-purpose-hint = Such as marketing, or all.
leave-answer = What did the person say?
leave-yes = Agreed
leave-no = Withdrew
leave-which = Choose one of the two.
leave-proof = Proof
leave-proof-hint = Where it can be looked up, such as “form 17, signed on 12 May”. An agreement needs it.
leave-do = Record
leave-holds = agreed
leave-holds-not = withdrawn

## Export
export-link = Export everything
export-title = Everything held of { $name }
export-text = Names, values with their sources, consents, messages, orders and the whole timeline, to be handed to the person.
export-audit = The audit log notes who exported it.
export-page = As a page to read
export-json = As JSON

## Erasure
erase-link = Erase person
erase-title = Erase { $name }
erase-warning = This cannot be undone.
erase-what = Names, values, messages, orders and the requests that brought them are deleted, also from the search.
erase-stays = That something happened, and when, stays in the log, without whom it was about.
erase-again = If the person comes back later, they are a new customer.
erase-backups = Backups made before still hold the person: restore one, and erase again.
erase-reason = Reason
erase-reason-hint = It is kept in the audit log: do not name the person.
erase-reason-wrong = Say in 1 to { $most } characters why.
erase-name = Type “{ $name }” to confirm
erase-name-hint = Exactly as it is written.
erase-name-wrong = Type “{ $name }”, exactly as it is written.
erase-do = Erase for good

## Suggestions
suggestions-intro = Profiles that may be one person, the surest first. Your decision can be undone.
suggestions-empty = Nothing to decide
suggestions-empty-text = When two profiles look like one person, they stand here with the reasons.
suggestions-empty-people = Look at people
suggestion-of = { $a } and { $b }
suggestion-and = and
suggestion-for = For:
suggestion-against = Against:
suggestion-typed = typed, not checked
suggestion-confirm = One person
suggestion-reject = Two people
sure-almost-certain = almost certain
sure-likely = likely
sure-possible = possible

## Orders
orders-of = of
orders-order = Order
orders-person = Person
orders-state = State
orders-source = From
orders-changed = Changed
orders-total = Total
orders-empty = No orders yet
orders-empty-text = Orders appear here once a shop is connected and says something of one.
order-title = Order { $name }
order-elsewhere = Open in { $source }
order-placed = Placed
order-items = Items
order-item = Item
order-quantity = Quantity
order-price = Price
order-parts = Parcels, refunds and payments
order-parts-empty = Nothing yet.
order-track = Track the parcel

## Plugins
plugins-intro = Every plugin runs in a sandbox and may do only what you granted it.
plugins-empty = No plugin is installed
plugins-empty-text = A plugin connects a channel, a shop or an assistant. Put its file into the folder below, or upload it.
plugins-used = { $count ->
    [one] { $count } connection
   *[other] { $count } connections
}
plugins-waiting = { $version } waits
plugins-look = See what it asks for
plugins-broken = does not run
plugins-serving = serving
plugins-install = Install a plugin
plugins-install-folder = Put its .wasm file into this folder on the hub’s machine. It appears here by itself.
plugins-file = Or upload its file
plugins-file-hint = It runs only after you have approved what it asks for.
plugins-upload = Upload
plugin-problem = It does not run
plugin-waiting = Version { $version } waits for your approval
plugin-waiting-first = It does nothing until you approve it.
plugin-waiting-upgrade = The version before serves meanwhile.
plugin-about = What it says of itself
plugin-asks = It asks to
plugin-asks-nothing = It asks for nothing.
plugin-new = new
plugin-gone = It no longer asks to
plugin-approve = Approve { $version }
plugin-other-version = Another version has arrived meanwhile. Load the page again and look at what it asks for.
plugin-taken-back = Version { $version } was taken back
plugin-taken-back-text = It lies in the plugins’ folder and does not serve. You can let it take over again.
plugin-upgrade = Let { $version } serve
plugin-granted = What it may do
plugin-granted-nothing = It may do nothing beyond its sandbox.
plugin-granted-count = { $count ->
    [one] { $count } grant
   *[other] { $count } grants
}
plugin-revoke-hint = Tick what to take back.
plugin-revoke = Take back
plugin-withheld = Withheld
plugin-connections-empty = No connection uses it.
plugin-versions = Versions
plugin-version = Version
plugin-state = State
plugin-found = Found
plugin-served = Last began to serve
plugin-roll-back = Back to { $version }
version-waiting = waiting
version-approved = approved
version-rolled-back = rolled back
version-revoked = revoked
plugin-remove = Remove plugin
plugin-remove-title = Remove { $name }
plugin-remove-text = Its file, its versions and its grants go. What it told the hub stays.
plugin-remove-used = { $count ->
    [one] { $count } connection uses it.
   *[other] { $count } connections use it.
}
plugin-remove-used-text = Remove them first.
plugin-remove-name = Type “{ $name }” to confirm
plugin-remove-wrong = Type “{ $name }”, exactly as it is written.

## Grants, each the end of a sentence that begins “It asks to”
grant-host = Call { $to } with { $name }
grant-secret = Have the hub write the secret { $name } into requests to { $to }
grant-buy = Have the hub send the secret { $name } to { $to } for access tokens
grant-scope = Have access token { $name } asked for with the scope { $to }
grant-token = Have the hub write the access token { $name } into requests to { $to }
grant-hmac = Have the hub sign requests to { $to } with the secret { $name }
grant-sign = Have the hub sign with the secret { $name }
grant-emit = Say { $name }
grant-watch = Read every { $name }
grant-read = Read “{ $name }” of the profile
grant-poll = Ask the other system { $name }
grant-send = Send messages to people
grant-reach = Write to people by { $name }
grant-action = Do { $name } in the other system when asked
grant-unsigned = See { $name } that prove nothing
grant-topic = Send live updates to { $name }
grant-storage = Keep up to { $name } for itself, for each connection
grant-assets = Serve files of its own to browsers
grant-history = { $count ->
    [0] Read no earlier message
    [one] Read the message before
   *[other] Read up to { $count } earlier messages
}

## Usage
usage = Usage
usage-span = Span of time
usage-day = 24 hours
usage-week = 7 days
usage-calls = Calls
usage-failed = Failed
usage-half = Half within
usage-most = 95 % within
usage-memory = Most memory
usage-requests = Requests sent
usage-denied = Denied
usage-failures = Failures:
chart-calls = Calls an hour, failed ones in red
chart-computing = Computing time an hour
chart-memory = Most memory of a call
chart-bar = { $when }: { $value }
chart-told = { $title }: { $peak }
chart-peak = at most { $most }
chart-empty = nothing
failure-trap = crashed
failure-budget = over budget
failure-garbage = nonsense answer
failure-retry = to be tried again
failure-reject = rejected
failure-misconfigured = wrongly set up
failure-access-denied = access denied
failure-error = other error
failure-unavailable = hub was busy

## Connections
connections-intro = A connection is a plugin with settings and secrets, such as one phone number or one shop.
connections-add = Add a connection
connections-empty = Nothing is connected yet
connections-empty-text = Connect a channel, and what people write lands in the inbox.
connections-name = Connection
connections-plugin = Plugin
connections-state = State
connections-today = Last 24 hours
connections-parked = Parked
connections-quiet = no calls
connections-calls = { $count ->
    [one] { $count } call
   *[other] { $count } calls
}{ $failed ->
    [0] {""}
   *[other] , { $failed } failed
}
standing-active = active
standing-paused = paused
standing-resting = resting
standing-broken = does not work
choose-intro = Which plugin shall it use?
choose-this = Connect
choose-approve-first = It waits for your approval first.
connection-add-title = Connect { $title }
connection-add = Connect
connection-not-running = The plugin { $name } does not run yet. Look at its page first.
connection-title = What to call it
connection-title-hint = { $title } unless you say otherwise.
connection-secrets = Secrets
connection-secrets-hint = They are sealed at once and never shown again. No plugin can read them.
connection-more = More settings
connection-priority = Priority
connection-priority-hint = What it says of a person outranks what connections of lower priority say. 0 unless you say otherwise.
connection-region = Country of its phone numbers
connection-region-hint = Two letters, such as DE, for numbers without a country. Empty: as the configuration says.
settings-lines = One entry in each line.
settings-json = Written as JSON.
settings-no-number = This must be a number.
settings-no-json = This is no JSON: { $why }
connection-pause = Pause
connection-resume = Resume
connection-paused-text = It is paused: what comes in is kept, and nothing goes out.
connection-problem = It does not work
connection-resting = Its plugin failed again and again, and is left alone for a while
connection-resting-since = Since
connection-resting-until = tried again at
connection-parked = { $count } deliveries are parked
connection-hook = Address for the other system
connection-hook-text = Enter it there as the address for webhooks.
connection-added = Added
polls = Asking
polls-last = Asked last:
polls-next = Next:
polls-schedule = Schedule
polls-schedule-hint = A time such as 5m, a cron expression, or off. Empty: the plugin’s own, { $theirs }.
secret-held = set
secret-missing = not set
secret-former = The value before still verifies until
secret-replace = Replace
secret-value = New value
secret-keep = Keep the old one for
secret-keep-hint = Such as 24h, while the other system still signs with it.
limits = Budgets
limits-text = What one call may use at most. An empty field is as the configuration says.
limits-change = Change budgets
limit-memory = Memory
limit-table-elements = Table elements
limit-cpu = Computing time
limit-cpu-per-minute = Computing time a minute
limit-wall = Time in all
limit-hand-back = Size of an answer
limit-events = Events in an answer
limit-host-calls = Calls to the hub
limit-log-lines = Log lines
limit-kv-value = Size of a stored value
limit-kv-total = Storage in all
limit-publish = Size of a live update
limit-http-out = Bytes sent
connection-remove = Remove connection
connection-remove-title = Remove { $name }
connection-remove-secrets = Its secrets are deleted.
connection-remove-vendor = What the other system still sends is refused.
connection-remove-stays = People, messages and orders that it told of stay.
connection-remove-name = Type “{ $name }” to confirm
connection-remove-wrong = Type “{ $name }”, exactly as it is written.

## Deliveries
deliveries-intro = Requests that came in. What a plugin failed on is parked, and can be run again.
deliveries-waiting = Parked
deliveries-replay-all = Run all again
deliveries-ran = { $count ->
    [0] Nothing was run.
    [one] { $count } was run again
   *[other] { $count } were run again
}{ $failed ->
    [0] {""}
   *[other] , { $failed } of them failed again
}
deliveries-state = State
deliveries-connection = Connection
deliveries-error = Error
deliveries-received = Received
deliveries-attempts = Attempts
deliveries-size = Size
deliveries-none-parked = Nothing is parked
deliveries-none-parked-text = Everything that came in was handled.
deliveries-none = Nothing fits
deliveries-none-text = Choose another state or connection.
delivery-parked = parked
delivery-done = handled
delivery-discarded = given up
delivery-title = Delivery of { $connection }
delivery-replay = Run again
delivery-error = Why it failed
delivery-id = Id
delivery-events = Events
delivery-gone = Given up
delivery-request = The request
delivery-reveal = Show uncovered
delivery-cover = Cover again
delivery-covered = What may say something of a person is covered. The audit log notes who uncovers it.
delivery-revealed = Shown as it came in. The audit log has noted it.
delivery-verified = verified
delivery-unverified = not verified
delivery-headers = Headers
delivery-body = Body of the request
delivery-no-text = { $size } that are no text
delivery-no-request = Nothing is left of the request.
delivery-discard-title = Give it up
delivery-discard-text = The request is deleted for good. Who did it, when and why is kept.
delivery-discard = Give up
delivery-reason = Reason
delivery-reason-hint = It is kept.

## Audit log
audit-intro = Who did what, and when. Nobody can change it.
audit-subject = To what
audit-who = Who
audit-action = What
audit-at = When
audit-detail = Details
audit-hint = Choose somebody or something in the list to see only that.
audit-empty = Nothing fits
audit-empty-text = Nobody has done such a thing yet.
action-profiles-merged = Joined two people
action-profiles-parted = Parted a person
action-decision-undone = Took a decision back
action-consent-given = Recorded an agreement
action-consent-withdrawn = Recorded a withdrawal
action-plugin-found = A plugin’s file appeared
action-plugin-replaced = A plugin’s file was replaced
action-plugin-installed = Installed a plugin
action-plugin-approved = Approved a plugin
action-plugin-revoked = Took grants back
action-plugin-rolled-back = Rolled a plugin back
action-plugin-removed = Removed a plugin
action-plugin-gone = A plugin’s file is gone
action-plugin-serves = Let a version serve
action-connection-erased = Erased what a connection said
action-delivery-discarded = Gave a delivery up
action-delivery-revealed = Uncovered a delivery
action-privacy-request-answered = Answered a privacy request
action-profile-erased = Erased a person
action-profile-exported = Exported a person
action-profile-viewed = Looked at a person
action-timeline-viewed = Looked at a timeline
action-explanation-viewed = Looked at an explanation
action-conversation-viewed = Looked at a conversation
action-schedule-set = Set a schedule
action-secret-replaced = Replaced a secret

## Settings
settings-team = Team
settings-tokens = API tokens
settings-appearance = Appearance
settings-appearance-hint = In this browser
theme-system = As the system
theme-light = Light
theme-dark = Dark
settings-configuration = Configuration
settings-configuration-text = What is in force, and who set it. Change it in the configuration file, by variables or on the command line.
settings-changed = { $count ->
    [one] { $count } setting is not the default.
   *[other] { $count } settings are not the default.
}
settings-from = set by { $from }

## First steps
start-link = Show me how
start-title = First steps
start-intro = Four steps to the first connected channel.
start-done = All done: the first channel is connected and has been heard.
start-install = Install a plugin
start-install-text = A plugin connects a channel, a shop or an assistant. Put its .wasm file into this folder, or upload it:
start-install-go = Upload a plugin
start-install-done = A plugin is installed.
start-again = Look again
start-approve = Approve what it asks for
start-approve-text = A plugin may do nothing until you have seen and approved what it asks for.
start-approve-broken = See why it does not run
start-connect = Add a connection
start-connect-text = Fill in its settings and secrets. Secrets are sealed, and no plugin can read them.
start-hear = Hear the first message
start-hear-text = Enter this address in the other system, then have somebody write to { $title }.
start-hear-later = You will get an address to enter in the other system.
start-heard = It has been heard.

## The inbox
inbox-views = Views
inbox-sorts = Order
inbox-view-open = Open
inbox-view-mine = Mine
inbox-view-unassigned = Unassigned
inbox-view-snoozed = Snoozed
inbox-view-resolved = Resolved
inbox-view-mentions = Mentions
inbox-view-all = All
inbox-sort-latest = Latest
inbox-sort-waiting = Waiting longest
inbox-sort-priority = Priority
inbox-state-open = open
inbox-state-snoozed = snoozed
inbox-state-resolved = resolved
inbox-priority-low = low
inbox-priority-normal = normal
inbox-priority-high = high
inbox-priority-urgent = urgent
inbox-empty = Nothing here. New messages appear by themselves.
inbox-none = Choose a conversation.
inbox-choose = Choose the conversation with { $name }
inbox-ours = You:
inbox-resolve = Resolve
inbox-reopen = Reopen
inbox-take = Take it
inbox-drop = Give it up
inbox-earlier = Earlier history
inbox-take-back = Take back
inbox-retry = Try again
inbox-unreachable = This person cannot be answered on any channel that is connected.
inbox-channel = Channel
inbox-answer = Answer
inbox-send = Send
inbox-obstacles = Channels that cannot be used
inbox-more = Note, snooze, priority and tags
inbox-note = Note for the team
inbox-note-keep = Keep the note
inbox-snooze = Snooze
inbox-snooze-do = Snooze
inbox-hours = { $count ->
    [one] for an hour
   *[other] for { $count } hours
  }
inbox-priority = Priority
inbox-change = Change
inbox-tag = Tag
inbox-tag-add = Add
inbox-tag-remove = Remove
inbox-macro = Macro
inbox-macro-run = Run
inbox-suggestions = { $count ->
    [one] Somebody may be the same person
   *[other] { $count } others may be the same person
  }
inbox-all-orders = All orders
inbox-moods = Mood
inbox-others = Other conversations
inbox-consents = Consents
inbox-gap = The text still holds a gap in curly brackets: fill it in by hand.
inbox-sent-queued = waits to be sent
inbox-sent-accepted = accepted
inbox-sent-sent = sent
inbox-sent-failed = failed
inbox-sent-delivered = delivered
inbox-sent-read = read
inbox-keys = Keys
inbox-keys-move = next and previous conversation
inbox-keys-answer = answer
inbox-keys-note = note
inbox-keys-tag = tag
inbox-keys-resolve = resolve or reopen
inbox-keys-take = take it
inbox-keys-help = this list
inbox-keys-close = Close
inbox-notify = Tell me of new messages on this computer
done-taken-back = The message was taken back and did not go out.
done-too-late = It was too late: the message is on its way.
happened-note = Note
happened-handled-resolve = Resolved
happened-handled-reopen = Reopened
happened-handled-snooze = Snoozed
happened-handled-wake = Due again
happened-handled-assign = Assigned
happened-handled-team = Given to a team
happened-handled-priority = Priority changed
happened-handled-tag = Tag added
happened-handled-untag = Tag removed
happened-handled-merge = Conversations merged
happened-handled-split = Conversation split
happened-handled-send = Wrote a message
happened-handled-undo = Merge or split undone
