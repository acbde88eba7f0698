# Was die Seiten sagen. en.ftl hat dieselben Schlüssel.

## Der Rahmen
skip = Zum Inhalt springen
nav = Hauptnavigation
nav-hub = Hub
nav-menu = Menü
nav-inbox = Posteingang
nav-people = Personen
nav-suggestions = Vorschläge
nav-orders = Bestellungen
nav-connections = Verbindungen
nav-plugins = Plugins
nav-deliveries = Zustellungen
nav-audit = Protokoll
nav-settings = Einstellungen
nav-account = Konto
sign-out = Abmelden

## Was jemand darf
role-read-only = Nur lesen
role-agent = Agent
role-supervisor = Teamleitung
role-operator = Betrieb
role-owner = Eigentümer

## Zeiten
month-1 = Jan.
month-2 = Feb.
month-3 = März
month-4 = Apr.
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = Aug.
month-9 = Sep.
month-10 = Okt.
month-11 = Nov.
month-12 = Dez.
time-day = { $day }. { $month }
time-year = { $day } { $year }
time-at = { $day }, { $clock }
length-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
length-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
length-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
length-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}

## Wenn etwas nicht geht
problem-home = Zurück zum Posteingang
problem-request = So geht es nicht
problem-request-text = Etwas in der Adresse oder im Formular ist nicht zu verstehen. Geh zurück, ändere es und versuche es noch einmal.
problem-stranger = Erst anmelden
problem-stranger-text = Diese Seite ist für angemeldete Personen.
problem-forbidden = Deine Rolle umfasst das nicht
problem-forbidden-text = Frag eine Eigentümerin oder einen Eigentümer dieses Hubs, wenn du es brauchst.
problem-missing = Hier ist nichts
problem-missing-text = Die Adresse ist vertippt, oder was hier stand, wurde entfernt.
problem-conflict = Es hat sich inzwischen geändert
problem-conflict-text = Was du ändern wolltest, ist nicht mehr so, wie die Seite es zeigte. Lade sie neu und sieh nach.
problem-gone = Es wurde gelöscht
problem-gone-text = Was hier stand, wurde gelöscht und lässt sich nicht zurückholen.
problem-busy = Der Hub kann das gerade nicht
problem-busy-text = Es ist nichts verloren. Versuche es gleich noch einmal.
problem-failed = Dem Hub ist das misslungen
problem-failed-text = Sein Log sagt mehr. Wer den Hub betreibt, kann dort nachsehen.

## Wie sicher ein Name jemandem gehört
evidence-verified = bestätigt
evidence-recorded = erfasst
evidence-claimed = behauptet
