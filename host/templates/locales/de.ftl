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

## Anmelden
sign-in-title = Anmelden
sign-in-login = E-Mail-Adresse
sign-in-password = Passwort
sign-in-do = Anmelden
sign-in-elsewhere = Anmelden mit { $label }
sign-in-help = Passwort vergessen? Wem dieser Hub gehört, kann dir einen Link für ein neues geben.
sign-in-wrong = E-Mail-Adresse und Passwort passen nicht zusammen.
sign-in-wait = Das wurde zu oft versucht. Versuche es in { $wait } noch einmal.
sign-in-unusable = Hier kann sich noch niemand anmelden
sign-in-unusable-text = Dieser Hub ist ohne TLS erreichbar, wo unterwegs alle ein Passwort lesen können. Mach ihn über https erreichbar (http.public_url), oder erlaube es (accounts.allow_plain_http).
sign-in-unowned = Dieser Hub gehört noch niemandem
sign-in-unowned-text = Öffne den Link, den er beim Start ausgegeben hat, oder gib einen neuen aus mit: switchboard account link
oidc-off = Dieser Hub kennt keinen Identitätsanbieter.
oidc-provider = Der Identitätsanbieter war nicht zu gebrauchen. Versuche es noch einmal; bleibt es so, sag es denen, die den Hub betreiben.
oidc-pending = Diese Anmeldung wurde nicht in diesem Browser begonnen, oder vor zu langer Zeit. Beginne noch einmal.
oidc-denied = Der Identitätsanbieter hat dich nicht angemeldet.
oidc-unverified = Der Identitätsanbieter sagt nicht, dass deine E-Mail-Adresse bestätigt ist; so führt sie hier zu keinem Konto.
oidc-nobody = Deine E-Mail-Adresse hat hier kein Konto. Bitte um eine Einladung.
oidc-barred = Dieses Konto lässt sich so nicht benutzen. Frag, wem der Hub gehört.

## Links, die einmal gelten
setup-owner = Nimm diesen Hub in Besitz
setup-owner-text = Er gehört dann dir: Du lädst andere ein und entscheidest, was sie dürfen.
setup-owner-do = In Besitz nehmen
setup-join = Willkommen
setup-join-text = Du kommst als { $login } dazu. Wähle ein Passwort.
setup-join-do = Dazukommen
setup-reset = Neues Passwort wählen
setup-reset-text = Für { $login }. Überall sonst wirst du abgemeldet, und ein zweiter Faktor ist neu einzurichten.
setup-reset-do = Passwort ändern
setup-sign-in-text = Als { $login }. Das geht einmal.
setup-name-hint = Was andere im Team neben dem sehen, was du schreibst.
setup-login-wrong = Schreib eine E-Mail-Adresse wie ada@example.com.
setup-dead = Dieser Link gilt nicht mehr
setup-dead-text = Er wurde schon benutzt, ist zu alt oder vertippt. Bitte um einen neuen.
setup-dead-on = Anmelden
link-title = Ein Link für eine Person
link-invite = { $login } kommt damit dazu und wählt ein Passwort.
link-reset = { $login } wählt damit ein neues Passwort. Der zweite Faktor fällt weg.
link-once = Er wird nur dieses eine Mal gezeigt
link-until = Gib ihn selbst weiter und an niemand anderen. Er gilt einmal, bis
password-hint = Mindestens { $least } Zeichen. Ein paar Wörter zusammen merkt man sich leicht.
password-short = Schreib mindestens { $least } Zeichen.
password-long = Das ist zu lang.
password-easy = Das ist leicht zu erraten. Nimm mehr als ein paar verschiedene Zeichen, und nicht die E-Mail-Adresse.

## Das eigene Konto
account-title = Dein Konto
account-intro = Deine Rolle: { $role }
account-about = Über dich
account-name = Name
account-name-wrong = Schreib einen Namen mit 1 bis 100 Zeichen.
account-language = Sprache
account-language-browser = Wie der Browser es sagt
language-en = English
language-de = Deutsch
account-zone = Zeitzone
account-zone-hint = Zeiten stehen da, wie deine Uhr sie zeigt.
account-zone-wrong = Diese Zeitzone gibt es nicht. Wähle eine aus der Liste, etwa Europe/Berlin.
account-save = Speichern
account-browser-unknown = Ein Browser
account-password = Passwort
account-state-active = aktiv
account-state-invited = eingeladen
account-state-disabled = gesperrt
password-now = Jetziges Passwort
password-new = Neues Passwort
password-do = Passwort ändern
password-ends = Überall sonst wirst du abgemeldet.
password-none = Du meldest dich anderswo an, ohne Passwort dieses Hubs.
password-wrong = Das ist nicht das jetzige Passwort.
browsers-title = Wo du angemeldet bist
browsers-here = dieser Browser
browsers-seen = zuletzt gesehen
browsers-began = seit
browsers-end = Abmelden
browsers-end-all = Überall abmelden
factor-title = Zweiter Faktor
factor-why = Ein Code aus einer App auf dem Telefon, zusätzlich zum Passwort: Wer nur das Passwort erfährt, kommt nicht hinein.
factor-on = an
factor-off = aus
factor-begin = Einrichten
factor-change = Ändern
factor-first = Erst ein zweiter Faktor
factor-first-text = Dieser Hub verlangt ihn von allen mit deiner Rolle. Dann geht es weiter.
factor-step-scan = Lies das mit einer Authenticator-App ein
factor-step-scan-text = Jede App für Einmalcodes ist recht.
factor-step-type = Oder tippe das in die App:
factor-step-code = Tippe den Code, den die App zeigt
factor-picture = QR-Code für eine Authenticator-App
factor-code = Code der App oder ein Wiederherstellungscode
factor-code-app = Code mit sechs Ziffern
factor-code-why = Vor jeder Änderung wird noch einmal danach gefragt.
factor-do = Einschalten
factor-renew = Neue Wiederherstellungscodes machen
factor-remove = Ausschalten
factor-codes-left = { $count ->
    [one] Ein Wiederherstellungscode ist übrig.
   *[other] { $count } Wiederherstellungscodes sind übrig.
}
factor-asked = Noch ein Schritt
factor-asked-text = Tippe den Code, den deine Authenticator-App zeigt.
factor-asked-help = Telefon verloren? Auch ein Wiederherstellungscode geht, jeder einmal.
factor-wrong = Das ist kein Code von jetzt, oder er wurde schon benutzt.
factor-wrong-new = Diesen Code zeigt die App jetzt nicht. Prüfe, ob die Uhr des Geräts stimmt.
codes-title = Wiederherstellungscodes
codes-text = Jeder lässt dich einmal hinein, wenn die App verloren ist.
codes-once = Sie werden nur dieses eine Mal gezeigt
codes-once-text = Druck sie aus, oder bewahre sie auf, wo du Passwörter aufbewahrst.
codes-kept = Ich habe sie aufbewahrt

## Das Team
team-title = Team
team-intro = Wer mit diesem Hub arbeitet, und was sie dürfen.
team-members = Alle
team-me = (du)
team-login = E-Mail-Adresse
team-role = Rolle
team-role-of = Rolle von { $name }
team-role-do = Ändern
team-role-wrong = Wähle eine Rolle.
team-invite = Jemanden einladen
team-invite-text = Du bekommst einen Link zum Weitergeben. Der Hub verschickt selbst keine E-Mail.
team-invite-do = Einladung machen
team-invite-again = Neuer Link
team-reset = Neues Passwort
team-disable = Sperren
team-enable = Entsperren
team-taken = { $login } hat schon ein Konto.
team-last-owner = Niemand sonst könnte sich anmelden, dem der Hub gehört. Gib erst jemand anderem diese Rolle.
team-name-taken = Ein Team heißt schon { $name }.
teams-title = Teams
teams-empty = Noch kein Team. Gespräche lassen sich einem zuweisen.
teams-nobody = noch niemand
teams-name = Name
teams-members = Mitglieder
teams-new = Neues Team
teams-create = Team anlegen
teams-remove = Team entfernen
done-saved = Gespeichert.
done-password = Das Passwort ist geändert. Überall sonst bist du abgemeldet.
done-signed-out = Jener Browser ist abgemeldet.
done-factor-removed = Der zweite Faktor ist aus.
done-role = Die Rolle ist geändert. Die Person meldet sich neu an.
done-disabled = Das Konto ist gesperrt und überall abgemeldet.
done-enabled = Das Konto kann sich wieder anmelden.
done-team = Gespeichert.
done-token-revoked = Das Token ist nichts mehr wert.

## API-Token
token-all = API-Token
token-intro = Für Programme. Jedes hat eine Rolle, kann auf Teile des Hubs beschränkt sein und von selbst enden.
token-docs = Die API
token-empty = Noch kein Token.
token-new = Neues Token
token-title = Titel
token-title-hint = Wer es benutzt, und wofür.
token-title-wrong = Sag in 1 bis { $most } Zeichen, wer es benutzt.
token-lasts = Gilt
token-lasts-wrong = Wähle, wie lange es gilt.
token-for-good = bis zum Widerruf
token-scopes = Beschränkt auf
token-scopes-hint = Wähle nichts, und es darf alles, was seine Rolle darf.
token-confine = Nur das hier Gewählte
token-scope-none = nichts
token-scope-read = lesen
token-scope-write = lesen und ändern
token-scope-wrong = Wähle wenigstens einen Teil des Hubs, oder lass es alles dürfen, was seine Rolle darf.
token-everything = alles, was seine Rolle darf
token-made = gemacht
token-until = bis
token-expired = abgelaufen
token-revoke = Widerrufen
token-do = Token machen
token-new-title = Ein neues Token
token-once = Es wird nur dieses eine Mal gezeigt
token-once-text = Wer es hat, darf, was es darf. Bewahre es auf, wo Geheimnisse liegen.
token-use = Schick es mit jeder Anfrage:
area-people = Personen
area-hint-people = wer sie sind, ihre Verläufe, Einwilligungen und Vorschläge, und die Suche
area-conversations = Gespräche
area-hint-conversations = Nachrichten, lesen und senden
area-orders = Bestellungen
area-hint-orders = mit Paketen, Erstattungen und Zahlungen
area-events = Ereignisse
area-hint-events = alles, was geschieht, sobald es geschieht
area-connections = Verbindungen
area-hint-connections = Einstellungen, Geheimnisse, Budgets und Aktionen
area-plugins = Plugins
area-hint-plugins = mit ihren Rechten
area-deliveries = Zustellungen
area-hint-deliveries = was hereinkam
area-privacy = Datenschutz
area-hint-privacy = Auskünfte, Löschungen, und was verlangt wird
area-audit = Protokoll
area-hint-audit = wer was wann getan hat
area-tokens = API-Token
area-hint-tokens = sie machen und widerrufen
area-accounts = Konten
area-hint-accounts = Konten und Teams
area-metrics = Messwerte
area-hint-metrics = was der Hub über sich zählt

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

## Wörter vieler Seiten
all = Alle
back = Zurück
cancel = Abbrechen
save = Speichern
search = Suchen
search-clear = Zurücksetzen
filter = Filtern
undo = Zurücknehmen
optional = freiwillig
copy = Kopieren
copied = Kopiert
crumb = Du bist hier
table-actions = Aktionen
percent = { $share } %
pager = Seiten
pager-first = Zurück zum Anfang
pager-next = Weiter
form-wrong = Das braucht noch einen Blick:
reason = Grund
reason-hint = Für alle, die später nachsehen.
source-hub = Switchboard

## Was gerade getan wurde
done-approved = Freigegeben. Die Version arbeitet jetzt.
done-changed = Gespeichert.
done-connected = Verbunden. Trage die Adresse unten im anderen System ein.
done-decided-already = Das war schon entschieden.
done-discarded = Verworfen. Die Anfrage ist gelöscht.
done-erased = Gelöscht. Von dieser Person ist nichts mehr da.
done-kept-apart = Vermerkt: Das sind zwei Personen.
done-merged = Zusammengeführt. Im Verlauf lässt es sich zurücknehmen.
done-parted = Getrennt. Im Verlauf lässt es sich zurücknehmen.
done-paused = Angehalten. Was ankommt, wird aufgehoben, bis du fortfährst.
done-recorded = Erfasst.
done-removed = Entfernt.
done-replaced = Ersetzt. Der neue Wert gilt.
done-replayed = Noch einmal ausgeführt, und es hat geklappt.
done-resumed = Läuft wieder. Was inzwischen aufgehoben wurde, wird nachgeholt.
done-revoked = Entzogen.
done-rolled-back = Zurückgesetzt. Die frühere Version arbeitet jetzt.
done-same = Das ist schon dieselbe Person.
done-still-parked = Noch einmal ausgeführt, und wieder fehlgeschlagen.
done-undone = Zurückgenommen.
done-upgraded = Die Version arbeitet jetzt.

## Wie sicher ein Name jemandem gehört
evidence-means-verified = Die Person hat bewiesen, dass er ihr gehört.
evidence-means-recorded = Ein Geschäftssystem hat ihn erfasst.
evidence-means-claimed = Jemand hat ihn eingetippt, und niemand hat ihn geprüft.
namespace-email = E-Mail
namespace-phone = Telefon

## Was von einer Person bekannt ist
field-name = Name
field-first-name = Vorname
field-last-name = Nachname
field-email = E-Mail
field-phone = Telefon
field-language = Sprache
field-time-zone = Zeitzone
field-country = Land
field-address = Adresse
field-company = Firma
field-birthday = Geburtstag
field-avatar-url = Bild
field-plan = Tarif
field-loyalty-tier = Treuestufe
field-tags = Schlagwörter
field-note = Notiz
field-username = Benutzername
place-name = Name
place-identifier = Kennung
place-order = Bestellung
place-message = Nachricht
purpose-service = Service
purpose-marketing = Werbung
purpose-all = alles
channel-all = alle Kanäle
channel-email = E-Mail
channel-sms = SMS
channel-phone = Telefon

## Zustände von Bestellungen, Paketen, Zahlungen und dergleichen
state-open = offen
state-closed = abgeschlossen
state-cancelled = storniert
state-completed = abgeschlossen
state-processing = in Arbeit
state-on-hold = angehalten
state-pending = ausstehend
state-paid = bezahlt
state-partially-paid = teilweise bezahlt
state-authorized = autorisiert
state-unpaid = unbezahlt
state-refunded = erstattet
state-partially-refunded = teilweise erstattet
state-voided = aufgehoben
state-failed = fehlgeschlagen
state-succeeded = erfolgreich
state-success = versandt
state-fulfilled = versandt
state-unfulfilled = noch nicht versandt
state-partial = teilweise versandt
state-shipped = unterwegs
state-in-transit = unterwegs
state-out-for-delivery = in Zustellung
state-delivered = zugestellt
state-returned = zurückgesandt
state-abandoned = verlassen
state-active = aktiv
state-paused = pausiert
state-expired = abgelaufen
state-trialing = in der Probezeit
state-solved = gelöst
state-new = neu
state-missed = verpasst
state-ended = beendet
state-answered = angenommen
part-fulfilment = Paket
part-refund = Erstattung
part-payment = Zahlung

## Verlauf
happened-wrote = Schrieb
happened-sent = Wir schrieben
happened-edited = Änderte eine Nachricht
happened-deleted = Nahm eine Nachricht zurück
happened-reacted = Reagierte { $emoji }
happened-unreacted = Nahm eine Reaktion zurück
happened-status-accepted = Eine Nachricht wurde angenommen
happened-status-sent = Eine Nachricht wurde gesendet
happened-status-delivered = Eine Nachricht wurde zugestellt
happened-status-read = Eine Nachricht wurde gelesen
happened-status-failed = Eine Nachricht ließ sich nicht zustellen
happened-called = Rief an
happened-was-called = Wurde angerufen
happened-customer = Kundendaten aktualisiert
happened-customers-merged = Kundendaten wurden zusammengelegt
happened-customer-deleted = Kundendaten gelöscht
happened-renamed = Änderte { $old } in { $new }
happened-agreed = Stimmte zu: { $purpose } ({ $channel })
happened-withdrew = Zog die Zustimmung zurück: { $purpose } ({ $channel })
happened-page = Sah eine Seite an
happened-article = Las einen Artikel
happened-survey = Beantwortete { $survey }
happened-privacy-access = Fragt, was über sie bekannt ist
happened-privacy-erase = Bittet um Löschung
happened-privacy-erase-connection = Alles von dieser Verbindung soll gelöscht werden
happened-other = Anderes: { $kind }
happened-insight = { $kind }: { $label }
insight-sentiment = Stimmung
insight-urgency = Dringlichkeit
insight-language = Sprache
insight-intent = Anliegen
insight-topic = Thema
insight-keyword = Stichwort
label-negative = negativ
label-neutral = neutral
label-positive = positiv
label-high = hoch
label-medium = mittel
label-low = niedrig
happened-merged = { $by } sagte, dass zwei Profile eine Person sind
happened-parted = { $by } sagte, dass das verschiedene Personen sind
happened-undone = { $by } nahm eine Entscheidung zurück
happened-erased = Gelöscht
happened-order = Bestellung { $number }: { $state }
happened-parcel = Paket: { $state }
happened-refund = Erstattung
happened-cart = Warenkorb: { $state }
happened-ticket = Ticket: { $state }
happened-payment = Zahlung: { $state }
happened-subscription = Abonnement: { $state }
happened-files = { $count ->
    [one] { $count } Datei
   *[other] { $count } Dateien
}
happened-place = ein Ort
happened-contacts = Kontakte
happened-products = Produkte
happened-unsupported = nicht darstellbar

## Personen
people-search = Nach Name, E-Mail, Nummer, Bestellung oder Nachricht suchen
people-search-hint = Ein Tippfehler schadet nicht, und das Ende einer Telefonnummer reicht.
people-behind = { $count ->
    [one] { $count } neues Ereignis ist noch nicht durchsuchbar.
   *[other] { $count } neue Ereignisse sind noch nicht durchsuchbar.
}
people-more = { $count } weitere
people-empty = Noch ist niemand hier
people-empty-text = Personen erscheinen von selbst, sobald ein verbundener Kanal oder Shop etwas von ihnen sagt.
people-none = Niemand passt
people-none-text = Versuche eine andere Schreibweise, weniger Wörter oder eine E-Mail-Adresse oder Nummer.
person-nobody = Jemand ohne Namen
person-active = Zuletzt gehört:
person-conversation = Unterhaltung öffnen
person-do = Mehr
person-timeline = Was geschah
person-timeline-empty = Noch ist nichts geschehen.
person-names = Bekannt als
person-names-empty = Noch benennt nichts diese Person.
person-former = früher
person-since = seit
person-until = bis
person-suggestions = Vielleicht dieselbe Person
person-values = Was angegeben ist
person-values-empty = Noch ist nichts angegeben.
person-no-value = kein Wert
person-source-gone = eine entfernte Verbindung
person-before = Vorher:
person-also = Auch gesagt:
person-all-orders = Alle Bestellungen
person-orders-empty = Noch keine Bestellung.
person-consents = Zustimmungen
person-consents-empty = Noch wurde nichts zugestimmt oder zurückgezogen.

## Warum jemand eine Person ist
explain-link = Warum eine Person?
explain-title = Warum { $name } eine Person ist
explain-intro = Jede Verknüpfung hat hier einen Grund, und jede Entscheidung lässt sich zurücknehmen.
explain-reasons = Was die Namen verbindet
explain-reasons-empty = Es gibt einen Namen, und der braucht keinen Grund.
explain-doubts = Was zweifelhaft ist
explain-doubts-empty = Nichts ist zweifelhaft.
explain-decisions = Was Menschen entschieden haben
explain-decisions-empty = Niemand hat etwas entschieden.

## Zusammenführen
merge-link = Mit jemandem zusammenführen
merge-title = { $name } mit jemandem zusammenführen
merge-search = Wer ist dieselbe Person?
merge-hint = Suche das andere Profil. Du siehst, was geschieht, bevor sich etwas ändert.
merge-choose = Auswählen
merge-preview = Diese beiden würden eine Person:
merge-values = { $count ->
    [one] { $count } Feld ist angegeben
   *[other] { $count } Felder sind angegeben
}
merge-then = Was geschieht
merge-then-one = Es gibt ein Profil mit allen Namen, Werten und Bestellungen beider. Wo sich Werte unterscheiden, zählt die bessere Quelle, und die andere bleibt sichtbar.
merge-then-conversation = Ihre Verläufe und offenen Unterhaltungen werden eins.
merge-then-links = Links auf beide führen von da an zu der einen Person.
merge-then-undo = Es lässt sich jederzeit zurücknehmen: Nichts geht verloren.
merge-do = Zusammenführen
merge-other = Jemand anderen wählen
merge-nobody = Wähle zuerst, mit wem zusammengeführt wird.

## Trennen
split-link = In zwei trennen
split-title = { $name } in zwei trennen
split-intro = Hake die Namen an, die jemand anderem gehören. Unterhaltungen und Bestellungen gehen mit.
split-which = Diese gehören jemand anderem
split-then = Niemand gilt mehr als Inhaber von Namen beider Seiten, solange du das nicht zurücknimmst.
split-do = Trennen
split-none = Hake mindestens einen Namen an.
split-all = Lass mindestens einen Namen ohne Haken.
split-changed = Die Namen haben sich inzwischen geändert. Sieh noch einmal nach und hake neu an.
split-empty = Es gibt nichts zu trennen
split-empty-text = Diese Person ist unter einem einzigen Namen bekannt.

## Zustimmungen
leave-link = Zustimmung erfassen
leave-title = Eine Zustimmung von { $name } erfassen
leave-intro = Was du erfasst, gilt als nach allem Bisherigen gesagt.
leave-channel = Kanal
leave-channel-hint = Der Name des Kanals, etwa email, oder all.
leave-purpose = Wofür
leave-purpose-hint = Etwa marketing, oder all.
leave-answer = Was hat die Person gesagt?
leave-yes = Zugestimmt
leave-no = Zurückgezogen
leave-which = Wähle eins von beiden.
leave-proof = Nachweis
leave-proof-hint = Wo es nachzusehen ist, etwa „Formular 17 vom 12. Mai“. Eine Zustimmung braucht ihn.
leave-do = Erfassen
leave-holds = zugestimmt
leave-holds-not = zurückgezogen

## Export
export-link = Alles exportieren
export-title = Alles, was über { $name } da ist
export-text = Namen, Werte mit Quellen, Zustimmungen, Nachrichten, Bestellungen und der ganze Verlauf, zum Aushändigen an die Person.
export-audit = Das Protokoll vermerkt, wer exportiert hat.
export-page = Als Seite zum Lesen
export-json = Als JSON

## Löschung
erase-link = Person löschen
erase-title = { $name } löschen
erase-warning = Das lässt sich nicht zurücknehmen.
erase-what = Namen, Werte, Nachrichten, Bestellungen und die Anfragen, die sie brachten, werden gelöscht, auch aus der Suche.
erase-stays = Dass etwas geschah und wann, bleibt im Log, ohne um wen es ging.
erase-again = Kommt die Person später wieder, ist sie eine neue Kundin oder ein neuer Kunde.
erase-backups = Frühere Sicherungen enthalten die Person noch: Nach dem Zurückspielen erneut löschen.
erase-reason = Grund
erase-reason-hint = Er bleibt im Protokoll: Nenne die Person nicht.
erase-reason-wrong = Sag in 1 bis { $most } Zeichen, warum.
erase-name = Tippe zur Bestätigung „{ $name }“
erase-name-hint = Genau so, wie es dasteht.
erase-name-wrong = Tippe „{ $name }“, genau so, wie es dasteht.
erase-do = Endgültig löschen

## Vorschläge
suggestions-intro = Profile, die eine Person sein könnten, die sichersten zuerst. Deine Entscheidung lässt sich zurücknehmen.
suggestions-empty = Nichts zu entscheiden
suggestions-empty-text = Wenn zwei Profile nach einer Person aussehen, stehen sie hier mit den Gründen.
suggestions-empty-people = Personen ansehen
suggestion-of = { $a } und { $b }
suggestion-and = und
suggestion-for = Dafür:
suggestion-against = Dagegen:
suggestion-typed = eingetippt, nicht geprüft
suggestion-confirm = Eine Person
suggestion-reject = Zwei Personen
sure-almost-certain = fast sicher
sure-likely = wahrscheinlich
sure-possible = möglich

## Bestellungen
orders-of = von
orders-order = Bestellung
orders-person = Person
orders-state = Zustand
orders-source = Aus
orders-changed = Geändert
orders-total = Summe
orders-empty = Noch keine Bestellungen
orders-empty-text = Bestellungen erscheinen hier, sobald ein Shop verbunden ist und von einer erzählt.
order-title = Bestellung { $name }
order-elsewhere = In { $source } öffnen
order-placed = Bestellt
order-items = Artikel
order-item = Artikel
order-quantity = Menge
order-price = Preis
order-parts = Pakete, Erstattungen und Zahlungen
order-parts-empty = Noch nichts.
order-track = Paket verfolgen

## Plugins
plugins-intro = Jedes Plugin läuft in einer Sandbox und darf nur, was du ihm gewährt hast.
plugins-empty = Kein Plugin ist installiert
plugins-empty-text = Ein Plugin verbindet einen Kanal, einen Shop oder einen Assistenten. Lege seine Datei in den Ordner unten oder lade sie hoch.
plugins-used = { $count ->
    [one] { $count } Verbindung
   *[other] { $count } Verbindungen
}
plugins-waiting = { $version } wartet
plugins-look = Ansehen, was es will
plugins-broken = läuft nicht
plugins-serving = arbeitet
plugins-install = Ein Plugin installieren
plugins-install-folder = Lege seine .wasm-Datei auf dem Rechner des Hubs in diesen Ordner. Es erscheint hier von selbst.
plugins-file = Oder lade seine Datei hoch
plugins-file-hint = Es läuft erst, wenn du freigegeben hast, was es will.
plugins-upload = Hochladen
plugin-problem = Es läuft nicht
plugin-waiting = Version { $version } wartet auf deine Freigabe
plugin-waiting-first = Es tut nichts, bis du es freigibst.
plugin-waiting-upgrade = Inzwischen arbeitet die Version davor.
plugin-about = Was es über sich sagt
plugin-asks = Es will
plugin-asks-nothing = Es will nichts.
plugin-new = neu
plugin-gone = Es will nicht mehr
plugin-approve = { $version } freigeben
plugin-other-version = Inzwischen ist eine andere Version da. Lade die Seite neu und sieh nach, was sie will.
plugin-taken-back = Version { $version } wurde zurückgezogen
plugin-taken-back-text = Sie liegt im Ordner der Plugins und arbeitet nicht. Du kannst sie wieder übernehmen lassen.
plugin-upgrade = { $version } arbeiten lassen
plugin-granted = Was es darf
plugin-granted-nothing = Es darf nichts außerhalb seiner Sandbox.
plugin-granted-count = { $count ->
    [one] { $count } Recht
   *[other] { $count } Rechte
}
plugin-revoke-hint = Hake an, was du entziehen willst.
plugin-revoke = Entziehen
plugin-withheld = Nicht gewährt
plugin-connections-empty = Keine Verbindung nutzt es.
plugin-versions = Versionen
plugin-version = Version
plugin-state = Zustand
plugin-found = Gefunden
plugin-served = Arbeitet seit
plugin-roll-back = Zurück zu { $version }
version-waiting = wartet
version-approved = freigegeben
version-rolled-back = zurückgesetzt
version-revoked = entzogen
plugin-remove = Plugin entfernen
plugin-remove-title = { $name } entfernen
plugin-remove-text = Seine Datei, Versionen und Rechte gehen. Was es dem Hub erzählt hat, bleibt.
plugin-remove-used = { $count ->
    [one] { $count } Verbindung nutzt es.
   *[other] { $count } Verbindungen nutzen es.
}
plugin-remove-used-text = Entferne sie zuerst.
plugin-remove-name = Tippe zur Bestätigung „{ $name }“
plugin-remove-wrong = Tippe „{ $name }“, genau so, wie es dasteht.

## Rechte, jedes das Ende eines Satzes, der mit „Es will“ beginnt
grant-host = { $to } mit { $name } aufrufen
grant-secret = das Geheimnis { $name } vom Hub in Anfragen an { $to } schreiben lassen
grant-buy = das Geheimnis { $name } vom Hub für Zugangstoken an { $to } senden lassen
grant-scope = den Zugangstoken { $name } mit dem Bereich { $to } anfordern lassen
grant-token = den Zugangstoken { $name } vom Hub in Anfragen an { $to } schreiben lassen
grant-hmac = Anfragen an { $to } vom Hub mit dem Geheimnis { $name } unterschreiben lassen
grant-sign = vom Hub mit dem Geheimnis { $name } unterschreiben lassen
grant-emit = { $name } sagen
grant-watch = jedes { $name } lesen
grant-read = „{ $name }“ des Profils lesen
grant-poll = das andere System fragen ({ $name })
grant-send = Nachrichten an Personen senden
grant-reach = Personen über { $name } schreiben
grant-action = auf Wunsch { $name } im anderen System tun
grant-unsigned = { $name } sehen, die nichts beweisen
grant-topic = Live-Nachrichten an { $name } senden
grant-storage = je Verbindung bis zu { $name } für sich behalten
grant-assets = eigene Dateien an Browser ausliefern
grant-history = { $count ->
    [0] keine frühere Nachricht lesen
    [one] die Nachricht davor lesen
   *[other] bis zu { $count } frühere Nachrichten lesen
}

## Verbrauch
usage = Verbrauch
usage-span = Zeitraum
usage-day = 24 Stunden
usage-week = 7 Tage
usage-calls = Aufrufe
usage-failed = Fehlgeschlagen
usage-half = Die Hälfte in
usage-most = 95 % in
usage-memory = Meister Speicher
usage-requests = Gesendete Anfragen
usage-denied = Verweigert
usage-failures = Fehlschläge:
chart-calls = Aufrufe je Stunde, fehlgeschlagene rot
chart-computing = Rechenzeit je Stunde
chart-memory = Meister Speicher eines Aufrufs
chart-bar = { $when }: { $value }
chart-told = { $title }: { $peak }
chart-peak = höchstens { $most }
chart-empty = nichts
failure-trap = abgestürzt
failure-budget = über dem Budget
failure-garbage = unsinnige Antwort
failure-retry = erneut zu versuchen
failure-reject = abgelehnt
failure-misconfigured = falsch eingerichtet
failure-access-denied = Zugriff verweigert
failure-error = anderer Fehler
failure-unavailable = Hub war beschäftigt

## Verbindungen
connections-intro = Eine Verbindung ist ein Plugin mit Einstellungen und Geheimnissen, etwa eine Telefonnummer oder ein Shop.
connections-add = Verbindung hinzufügen
connections-empty = Noch ist nichts verbunden
connections-empty-text = Verbinde einen Kanal, und was Menschen schreiben, landet im Posteingang.
connections-name = Verbindung
connections-plugin = Plugin
connections-state = Zustand
connections-today = Letzte 24 Stunden
connections-parked = Zurückgestellt
connections-quiet = keine Aufrufe
connections-calls = { $count ->
    [one] { $count } Aufruf
   *[other] { $count } Aufrufe
}{ $failed ->
    [0] {""}
   *[other] , { $failed } fehlgeschlagen
}
standing-active = aktiv
standing-paused = angehalten
standing-resting = ruht
standing-broken = funktioniert nicht
choose-intro = Welches Plugin soll sie nutzen?
choose-this = Verbinden
choose-approve-first = Es wartet erst auf deine Freigabe.
connection-add-title = { $title } verbinden
connection-add = Verbinden
connection-not-running = Das Plugin { $name } läuft noch nicht. Sieh zuerst auf seine Seite.
connection-title = Wie sie heißen soll
connection-title-hint = { $title }, wenn du nichts anderes sagst.
connection-secrets = Geheimnisse
connection-secrets-hint = Sie werden sofort versiegelt und nie wieder gezeigt. Kein Plugin kann sie lesen.
connection-more = Weitere Einstellungen
connection-priority = Vorrang
connection-priority-hint = Was sie über eine Person sagt, geht vor, was Verbindungen mit kleinerem Vorrang sagen. 0, wenn du nichts anderes sagst.
connection-region = Land ihrer Telefonnummern
connection-region-hint = Zwei Buchstaben, etwa DE, für Nummern ohne Land. Leer: wie in der Konfiguration.
settings-lines = Ein Eintrag je Zeile.
settings-json = Als JSON geschrieben.
settings-no-number = Das muss eine Zahl sein.
settings-no-json = Das ist kein JSON: { $why }
connection-pause = Anhalten
connection-resume = Fortfahren
connection-paused-text = Sie ist angehalten: Was ankommt, wird aufgehoben, und nichts geht hinaus.
connection-problem = Sie funktioniert nicht
connection-resting = Ihr Plugin ist immer wieder fehlgeschlagen und wird eine Weile in Ruhe gelassen
connection-resting-since = Seit
connection-resting-until = nächster Versuch:
connection-parked = { $count } Zustellungen sind zurückgestellt
connection-hook = Adresse für das andere System
connection-hook-text = Trage sie dort als Adresse für Webhooks ein.
connection-added = Hinzugefügt
polls = Abfragen
polls-last = Zuletzt gefragt:
polls-next = Nächstes Mal:
polls-schedule = Zeitplan
polls-schedule-hint = Eine Dauer wie 5m, ein Cron-Ausdruck oder off. Leer: der des Plugins, { $theirs }.
secret-held = gesetzt
secret-missing = nicht gesetzt
secret-former = Der frühere Wert gilt noch zum Prüfen bis
secret-replace = Ersetzen
secret-value = Neuer Wert
secret-keep = Den alten behalten für
secret-keep-hint = Etwa 24h, solange das andere System noch damit unterschreibt.
limits = Budgets
limits-text = Was ein Aufruf höchstens verbrauchen darf. Ein leeres Feld ist wie in der Konfiguration.
limits-change = Budgets ändern
limit-memory = Speicher
limit-table-elements = Tabellenelemente
limit-cpu = Rechenzeit
limit-cpu-per-minute = Rechenzeit je Minute
limit-wall = Gesamtzeit
limit-hand-back = Größe einer Antwort
limit-events = Ereignisse in einer Antwort
limit-host-calls = Aufrufe an den Hub
limit-log-lines = Logzeilen
limit-kv-value = Größe eines gespeicherten Werts
limit-kv-total = Speicherplatz insgesamt
limit-publish = Größe einer Live-Nachricht
limit-http-out = Gesendete Bytes
connection-remove = Verbindung entfernen
connection-remove-title = { $name } entfernen
connection-remove-secrets = Ihre Geheimnisse werden gelöscht.
connection-remove-vendor = Was das andere System noch sendet, wird abgewiesen.
connection-remove-stays = Personen, Nachrichten und Bestellungen, von denen sie erzählt hat, bleiben.
connection-remove-name = Tippe zur Bestätigung „{ $name }“
connection-remove-wrong = Tippe „{ $name }“, genau so, wie es dasteht.

## Zustellungen
deliveries-intro = Anfragen, die ankamen. Woran ein Plugin scheiterte, ist zurückgestellt und lässt sich noch einmal ausführen.
deliveries-waiting = Zurückgestellt
deliveries-replay-all = Alle noch einmal ausführen
deliveries-ran = { $count ->
    [0] Nichts wurde ausgeführt.
    [one] { $count } noch einmal ausgeführt
   *[other] { $count } noch einmal ausgeführt
}{ $failed ->
    [0] {""}
   *[other] , davon { $failed } wieder fehlgeschlagen
}
deliveries-state = Zustand
deliveries-connection = Verbindung
deliveries-error = Fehler
deliveries-received = Angekommen
deliveries-attempts = Versuche
deliveries-size = Größe
deliveries-none-parked = Nichts ist zurückgestellt
deliveries-none-parked-text = Alles, was ankam, wurde verarbeitet.
deliveries-none = Nichts passt
deliveries-none-text = Wähle einen anderen Zustand oder eine andere Verbindung.
delivery-parked = zurückgestellt
delivery-done = verarbeitet
delivery-discarded = verworfen
delivery-title = Zustellung von { $connection }
delivery-replay = Noch einmal ausführen
delivery-error = Warum es fehlschlug
delivery-id = Kennung
delivery-events = Ereignisse
delivery-gone = Verworfen
delivery-request = Die Anfrage
delivery-reveal = Unverdeckt zeigen
delivery-cover = Wieder verdecken
delivery-covered = Was etwas über eine Person sagen könnte, ist verdeckt. Das Protokoll vermerkt, wer es aufdeckt.
delivery-revealed = Gezeigt, wie sie ankam. Das Protokoll hat es vermerkt.
delivery-verified = geprüft
delivery-unverified = nicht geprüft
delivery-headers = Kopfzeilen
delivery-body = Inhalt der Anfrage
delivery-no-text = { $size }, die kein Text sind
delivery-no-request = Von der Anfrage ist nichts mehr da.
delivery-discard-title = Verwerfen
delivery-discard-text = Die Anfrage wird endgültig gelöscht. Wer es wann und warum tat, bleibt.
delivery-discard = Verwerfen
delivery-reason = Grund
delivery-reason-hint = Er bleibt erhalten.

## Protokoll
audit-intro = Wer wann was getan hat. Niemand kann es ändern.
audit-subject = Woran
audit-who = Wer
audit-action = Was
audit-at = Wann
audit-detail = Einzelheiten
audit-hint = Wähle jemanden oder etwas in der Liste, um nur das zu sehen.
audit-empty = Nichts passt
audit-empty-text = So etwas hat noch niemand getan.
action-profiles-merged = Zwei Personen zusammengeführt
action-profiles-parted = Person getrennt
action-decision-undone = Entscheidung zurückgenommen
action-consent-given = Zustimmung erfasst
action-consent-withdrawn = Rückzug erfasst
action-plugin-found = Datei eines Plugins erschien
action-plugin-replaced = Datei eines Plugins wurde ersetzt
action-plugin-installed = Plugin installiert
action-plugin-approved = Plugin freigegeben
action-plugin-revoked = Rechte entzogen
action-plugin-rolled-back = Plugin zurückgesetzt
action-plugin-removed = Plugin entfernt
action-plugin-gone = Datei eines Plugins ist weg
action-plugin-serves = Version arbeiten lassen
action-connection-erased = Gelöscht, was eine Verbindung sagte
action-delivery-discarded = Zustellung verworfen
action-delivery-revealed = Zustellung aufgedeckt
action-privacy-request-answered = Datenschutzanfrage beantwortet
action-profile-erased = Person gelöscht
action-profile-exported = Person exportiert
action-profile-viewed = Person angesehen
action-timeline-viewed = Verlauf angesehen
action-explanation-viewed = Erklärung angesehen
action-conversation-viewed = Unterhaltung angesehen
action-schedule-set = Zeitplan gesetzt
action-secret-replaced = Geheimnis ersetzt

## Einstellungen
settings-team = Team
settings-tokens = API-Token
settings-appearance = Aussehen
settings-appearance-hint = In diesem Browser
theme-system = Wie das System
theme-light = Hell
theme-dark = Dunkel
settings-configuration = Konfiguration
settings-configuration-text = Was gilt und wer es gesetzt hat. Ändere es in der Konfigurationsdatei, durch Variablen oder auf der Kommandozeile.
settings-changed = { $count ->
    [one] { $count } Einstellung weicht vom Standard ab.
   *[other] { $count } Einstellungen weichen vom Standard ab.
}
settings-from = gesetzt durch { $from }

## Erste Schritte
start-link = Zeig mir, wie
start-title = Erste Schritte
start-intro = Vier Schritte zum ersten verbundenen Kanal.
start-done = Alles fertig: Der erste Kanal ist verbunden und hat sich gemeldet.
start-install = Ein Plugin installieren
start-install-text = Ein Plugin verbindet einen Kanal, einen Shop oder einen Assistenten. Lege seine .wasm-Datei in diesen Ordner oder lade sie hoch:
start-install-go = Ein Plugin hochladen
start-install-done = Ein Plugin ist installiert.
start-again = Noch einmal nachsehen
start-approve = Freigeben, was es will
start-approve-text = Ein Plugin darf nichts, bis du gesehen und freigegeben hast, was es will.
start-approve-broken = Sieh nach, warum es nicht läuft
start-connect = Eine Verbindung hinzufügen
start-connect-text = Fülle Einstellungen und Geheimnisse aus. Geheimnisse werden versiegelt, und kein Plugin kann sie lesen.
start-hear = Die erste Nachricht hören
start-hear-text = Trage diese Adresse im anderen System ein und lass jemanden an { $title } schreiben.
start-hear-later = Du bekommst eine Adresse, die du im anderen System einträgst.
start-heard = Sie hat sich gemeldet.

## Der Posteingang
inbox-views = Ansichten
inbox-sorts = Reihenfolge
inbox-view-open = Offen
inbox-view-mine = Meine
inbox-view-unassigned = Niemandem zugeteilt
inbox-view-snoozed = Zurückgestellt
inbox-view-resolved = Erledigt
inbox-view-mentions = Erwähnungen
inbox-view-all = Alle
inbox-sort-latest = Neueste
inbox-sort-waiting = Wartet am längsten
inbox-sort-priority = Dringlichkeit
inbox-state-open = offen
inbox-state-snoozed = zurückgestellt
inbox-state-resolved = erledigt
inbox-priority-low = niedrig
inbox-priority-normal = normal
inbox-priority-high = hoch
inbox-priority-urgent = dringend
inbox-empty = Hier ist nichts. Neue Nachrichten erscheinen von selbst.
inbox-none = Wählen Sie ein Gespräch.
inbox-choose = Das Gespräch mit { $name } auswählen
inbox-ours = Sie:
inbox-resolve = Erledigen
inbox-reopen = Wieder öffnen
inbox-take = Übernehmen
inbox-drop = Abgeben
inbox-earlier = Frühere Geschichte
inbox-take-back = Zurücknehmen
inbox-retry = Noch einmal versuchen
inbox-unreachable = Diese Person ist auf keinem verbundenen Kanal zu erreichen.
inbox-channel = Kanal
inbox-answer = Antwort
inbox-send = Senden
inbox-obstacles = Kanäle, die nicht gehen
inbox-more = Notiz, Zurückstellen, Dringlichkeit und Schlagwörter
inbox-note = Notiz für das Team
inbox-note-keep = Notiz behalten
inbox-snooze = Zurückstellen
inbox-snooze-do = Zurückstellen
inbox-hours = { $count ->
    [one] für eine Stunde
   *[other] für { $count } Stunden
  }
inbox-priority = Dringlichkeit
inbox-change = Ändern
inbox-tag = Schlagwort
inbox-tag-add = Hinzufügen
inbox-tag-remove = Entfernen
inbox-macro = Makro
inbox-macro-run = Ausführen
inbox-suggestions = { $count ->
    [one] Jemand ist vielleicht dieselbe Person
   *[other] { $count } andere sind vielleicht dieselbe Person
  }
inbox-all-orders = Alle Bestellungen
inbox-moods = Stimmung
inbox-others = Andere Gespräche
inbox-consents = Einwilligungen
inbox-gap = Der Text hat noch eine Lücke in geschweiften Klammern: Füllen Sie sie von Hand.
inbox-sent-queued = wartet auf den Versand
inbox-sent-accepted = angenommen
inbox-sent-sent = gesendet
inbox-sent-failed = gescheitert
inbox-sent-delivered = zugestellt
inbox-sent-read = gelesen
inbox-keys = Tasten
inbox-keys-move = nächstes und voriges Gespräch
inbox-keys-answer = antworten
inbox-keys-note = Notiz
inbox-keys-tag = Schlagwort
inbox-keys-resolve = erledigen oder wieder öffnen
inbox-keys-take = übernehmen
inbox-keys-help = diese Liste
inbox-keys-close = Schließen
inbox-notify = Neue Nachrichten auf diesem Rechner melden
done-taken-back = Die Nachricht wurde zurückgenommen und ging nicht hinaus.
done-too-late = Es war zu spät: Die Nachricht ist unterwegs.
happened-note = Notiz
happened-handled-resolve = Erledigt
happened-handled-reopen = Wieder geöffnet
happened-handled-snooze = Zurückgestellt
happened-handled-wake = Wieder fällig
happened-handled-assign = Zugeteilt
happened-handled-team = Einem Team gegeben
happened-handled-priority = Dringlichkeit geändert
happened-handled-tag = Schlagwort hinzugefügt
happened-handled-untag = Schlagwort entfernt
happened-handled-merge = Gespräche zusammengeführt
happened-handled-split = Gespräch geteilt
happened-handled-send = Schrieb eine Nachricht
happened-handled-undo = Zusammenführen oder Teilen zurückgenommen
