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
