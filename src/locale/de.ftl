# Texte der Seiten und Mails, auf Deutsch. Ein Schlüssel, ein Text; in jeder Sprache stehen dieselben Schlüssel.

skip = Zum Inhalt
search = Suchen
search-label = Im Katalog suchen
basket = Warenkorb
lines = { $count ->
    [one] { $count } Zeile
   *[other] { $count } Zeilen
}
way-back = Zurück zu Ihrem Beschaffungssystem
session-kept = Ihre Sitzung bleibt nach Ihrer letzten Eingabe { $minutes } Minuten erhalten.
keys = Tasten
key-search = suchen
key-list = durch die Liste
key-open = öffnen
key-keys = diese Tasten
close = Schließen
group = Gruppe
all-groups = Alle Gruppen
show = Anzeigen
dense = Kompakt
nothing-found = Nichts gefunden
nothing-found-hint = Versuchen Sie es mit weniger oder anderen Wörtern, einem Wortteil oder einer Artikelnummer.
all-articles = Alle Artikel
articles-caption = Artikel mit Ladenpreis, Rabatt und Nettopreis
picture = Bild
article = Artikel
shop-price = Ladenpreis
discount = Rabatt
net-price = Netto
order = Bestellen
compare-this = Vergleichen
choose = Auswählen
connection-lost = Die Verbindung ist abgebrochen. Ihre Eingabe ist noch nicht gespeichert; bitte versuchen Sie es noch einmal.
quantity = Menge
add = In den Warenkorb
compare-chosen = Ausgewählte Artikel vergleichen
previous-page = Vorherige Seite
next-page = Nächste Seite
not-added = Nicht in den Warenkorb gelegt
keep-shopping = Weiter einkaufen
price-and-order = Preis und Bestellung
options = Optionen
option-required = gehört zu diesem Artikel
option-text = Text für { $name }
option-text-hint = Höchstens { $max } Zeichen, übernommen, wie Sie es hier schreiben.
compare = Vergleichen
compare-none = Noch nichts zu vergleichen
compare-none-hint = Setzen Sie in der Liste bei zwei oder mehr Artikeln das Häkchen „Vergleichen“.
basket-empty = Ihr Warenkorb ist leer
basket-empty-hint = Suchen Sie im Katalog und legen Sie hinein, was Sie brauchen; es bleibt hier, bis Sie den Warenkorb übergeben.
basket-caption = Artikel im Warenkorb
total = Summe
remove = Entfernen
save = Speichern
coding = Kontierung
save-line-coding = Kontierung dieser Zeile speichern
coding-whole = Kontierung für den ganzen Warenkorb
coding-whole-hint = Gilt für jede Zeile, in der nichts anderes steht.
coding-apply = Auf den ganzen Warenkorb anwenden
overview = Übersicht
net-total = Netto, ohne MwSt.
transfer = Warenkorb übergeben
destination = Sie kehren zurück zu
leave-title = Ohne Artikel zurück
leave-drop = { $count ->
    [one] { $count } Zeile verwerfen und zurück
   *[other] { $count } Zeilen verwerfen und zurück
}
returning = Zurück zu Ihrem Beschaffungssystem
returning-hint = Ihr Warenkorb ist unterwegs. Passiert nichts, wählen Sie die Schaltfläche.
return-button = Zurück zum Beschaffungssystem
what-now = Was können Sie tun?
reference = Kennzeichen
per-one = je { $unit }
per-many = je { $per } { $unit }
plus-vat = zuzüglich { $percent } % MwSt.
stock = Bestand
stock-none = Nicht vorrätig
stock-few = noch { $number }
stock-many = Vorrätig: { $number }
lead-time = Lieferzeit
lead-days = { $count ->
    [one] Lieferung in { $count } Tag
   *[other] Lieferung in { $count } Tagen
}
articles = { $count ->
    [one] { $count } Artikel
   *[other] { $count } Artikel
}
articles-for = { $count ->
    [one] { $count } Artikel zu „{ $query }“
   *[other] { $count } Artikel zu „{ $query }“
}
range = { $first } bis { $last } von { $all }
fact-number = Artikelnummer
fact-manufacturer-part = Herstellernummer
fact-brand = Marke
fact-gtin = GTIN
fact-unspsc = UNSPSC
fact-contract = Vertrag
fact-certificate = Prüfzeichen
not-saved = Nicht gespeichert
not-transferred = Der Warenkorb kann noch nicht übergeben werden
line-number = Zeile { $line }

unit-pce = { $count ->
    [one] Stück
   *[other] Stück
}
unit-mtr = { $count ->
    [one] Meter
   *[other] Meter
}
unit-hur = { $count ->
    [one] Stunde
   *[other] Stunden
}
unit-kgm = kg
unit-ltr = { $count ->
    [one] Liter
   *[other] Liter
}
unit-bx = { $count ->
    [one] Karton
   *[other] Kartons
}
unit-pk = { $count ->
    [one] Packung
   *[other] Packungen
}
unit-set = { $count ->
    [one] Set
   *[other] Sets
}

field-cost-centre = Kostenstelle
field-gl-account = Sachkonto
field-nzi-code = NZI-Code
field-po-code = Bestellcode
field-project = Projekt
field-branch = Zweigstelle
field-budget-code = Budgetcode
field-wish-date = Wunschtermin
field-note = Bemerkung
field-quantity = Menge (QUANTITY)
field-price = Preis (PRICE)
field-unit = Einheit (UNIT)
field-vendormat = Artikelnummer (VENDORMAT)

finding-quantity-not-a-number = „{ $value }“ ist keine Menge. Bitte Ziffern verwenden, mit höchstens einem Komma oder Punkt.
finding-quantity-not-positive = Die Menge muss größer als null sein.
finding-quantity-step = Die Menge { $value } ist nicht möglich; dieser Artikel wird in Schritten von { $limit } verkauft.
finding-quantity-whole = Ihr Beschaffungssystem nimmt nur ganze Mengen an; { $value } kann nicht übergeben werden.
finding-number-too-large = { $field } ist zu groß: höchstens { $limit } Stellen vor dem Komma.
finding-value-too-long = { $field } ist zu lang: höchstens { $limit } Zeichen.
finding-unit-unknown = Ihr Beschaffungssystem kennt die Einheit „{ $value }“ dieses Artikels nicht ({ $field }).
finding-price-zero = Ihr Beschaffungssystem nimmt keinen Preis von null an ({ $field }).
finding-field-needs-field = { $field } kann nicht ohne { $limit } gesendet werden.
finding-price-rounded = Der Preis { $value } wurde auf { $limit } gerundet.
finding-transliterated = { $value } Zeichen wurden ersetzt, weil Ihr Beschaffungssystem sie nicht anzeigen kann.
finding-text-cut = { $field } wurde auf { $limit } Zeichen gekürzt.
finding-article-unknown = Der Artikel { $value } steht nicht mehr im Katalog.
finding-code-unknown = { $field }: „{ $value }“ steht nicht in der Liste Ihrer Organisation.
finding-date-invalid = { $field }: „{ $value }“ muss ein Datum ab { $limit } sein.
finding-option-invalid = Die Option { $field } fehlt oder wird bei diesem Artikel nicht angeboten.
finding-too-many = Mehr als { $limit } sind hier nicht möglich.
finding-setting = { $field }: „{ $value }“ ist nicht möglich. Möglich sind: { $limit }
finding-missing = { $field } fehlt.
finding-unusable = { $field }: „{ $value }“ ist nicht verwendbar.
finding-differs-from-basket = { $field } weicht vom Warenkorb ab: { $value } statt { $limit }.
finding-quote-unknown = Unter { $value } wurde kein Warenkorb übergeben.
finding-budget-unknown = Es gibt kein Budget { $value }.
finding-one-connection = Hierher gehört eine Anbindung und nichts anderes.
finding-name-taken = Dieser Name wird schon verwendet; wählen Sie einen anderen.

login-refused-title = Der Katalog konnte nicht geöffnet werden
login-refused-text = Ihr Beschaffungssystem wurde nicht erkannt: Der Name oder das Passwort stimmt nicht.
login-refused-step-1 = Schließen Sie dieses Fenster und öffnen Sie den Katalog noch einmal aus Ihrem Beschaffungssystem.
login-refused-step-2 = Passiert es wieder? Bitten Sie die Administration Ihres Beschaffungssystems, Namen und Passwort dieses Katalogs zu prüfen.
no-connection-title = Diese Adresse ist nicht in Gebrauch
no-connection-text = Unter dieser Adresse gibt es keinen Katalog.
no-connection-step-1 = Bitten Sie die Administration Ihres Beschaffungssystems, die Adresse mit dem Einrichtungsblatt zu vergleichen.
too-large-title = Der Katalog konnte nicht geöffnet werden
too-large-text = Ihr Beschaffungssystem hat mehr Parameter gesendet, als ein Aufruf haben darf: höchstens 100 mit je höchstens 8 KiB.
too-large-step-1 = Bitten Sie die Administration Ihres Beschaffungssystems, nur zu senden, was auf dem Einrichtungsblatt steht.
article-gone-title = Diesen Artikel gibt es nicht mehr
article-gone-text = Der gewünschte Artikel steht nicht mehr im Katalog.
article-gone-step-1 = Suchen Sie aus Ihrem Beschaffungssystem im Katalog nach einem anderen Artikel.
return-url-missing-title = Der Katalog konnte nicht geöffnet werden
return-url-missing-text = Ihr Beschaffungssystem hat nicht angegeben, wohin es zurückgeht: Die Rücksprungadresse fehlt.
return-url-missing-step-1 = Schließen Sie dieses Fenster und öffnen Sie den Katalog noch einmal aus Ihrem Beschaffungssystem.
return-url-missing-step-2 = Passiert es wieder? Bitten Sie die Administration Ihres Beschaffungssystems, die Rücksprungadresse (HOOK_URL) zu senden.
conflicting-parameter-title = Der Katalog konnte nicht geöffnet werden
conflicting-parameter-text = Ihr Beschaffungssystem hat zwei verschiedene Werte gesendet, wo es nur einen geben kann.
conflicting-parameter-step-1 = Schließen Sie dieses Fenster und öffnen Sie den Katalog noch einmal aus Ihrem Beschaffungssystem.
conflicting-parameter-step-2 = Passiert es wieder? Bitten Sie die Administration Ihres Beschaffungssystems, die Nachweise dieser Anbindung anzusehen.
return-url-refused-title = Der Katalog konnte nicht geöffnet werden
return-url-refused-text = Ihr Beschaffungssystem hat eine Rücksprungadresse gesendet, die Ihre Organisation hier nicht angemeldet hat. Es wurde nichts geöffnet.
return-url-refused-step-1 = Schließen Sie dieses Fenster und öffnen Sie den Katalog noch einmal aus Ihrem Beschaffungssystem.
return-url-refused-step-2 = Passiert es wieder? Die Administration Ihres Beschaffungssystems sieht die Adresse in den Nachweisen dieser Anbindung und kann sie dort annehmen.
session-ended-title = Ihre Sitzung ist beendet
session-ended-text = Sie waren eine Weile weg, oder Ihr Warenkorb wurde schon übergeben.
session-ended-step-1 = Schließen Sie dieses Fenster und öffnen Sie den Katalog noch einmal aus Ihrem Beschaffungssystem.
cookies-needed-title = Ihr Browser hat die Sitzung nicht behalten
cookies-needed-text = Ihre Organisation erlaubt den Katalog nur mit Cookies, und Ihr Browser hat unseres nicht zurückgesendet.
cookies-needed-step-1 = Bitten Sie die Administration Ihres Beschaffungssystems, Cookies dieser Adresse zu erlauben oder für diese Anbindung Sitzungen ohne Cookies zuzulassen.
foreign-form-title = Das kam nicht von unserer Seite
foreign-form-text = Es wurde nichts geändert, denn die Anfrage kam nicht von einer Seite dieser Sitzung.
foreign-form-step-1 = Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.

error-not-found-title = Nicht gefunden
error-not-found-text = Unter dieser Adresse gibt es nichts.
error-sign-in-text = Bitte melden Sie sich zuerst an.
error-denied-title = Nicht erlaubt
error-denied-text = Ihre Rolle erlaubt das nicht.
error-refused-title = Das war nicht möglich
error-budget-text = Im Budget { $code } ist zu wenig übrig.
error-state-text = Aktueller Stand ({ $what }): { $state }; es wurde nichts geändert.
error-nothing-text = Noch nichts enthalten ({ $what }).
error-exists-text = Es gibt bereits eine { $what } { $number } mit anderem Inhalt. Es wurde nichts geändert.
error-conflict-text = Jemand hat das inzwischen geändert. Laden Sie die Seite neu und versuchen Sie es noch einmal.
error-unavailable-title = Im Moment nicht möglich
error-unavailable-text = Das System kann das gerade nicht annehmen. Es ging nichts verloren; bitte versuchen Sie es gleich noch einmal.
request-unreadable = Diese Anfrage ist nicht lesbar: Sie muss mit einer Zeile aus Methode, Adresse und HTTP/1.1 beginnen, gefolgt von Kopfzeilen. Es wurde nichts getan.
request-too-long = Die Adresse oder der Kopf dieser Anfrage ist zu lang. Es wurde nichts getan.
error-too-many-text = Zu viele Versuche. Bitte versuchen Sie es in { $seconds } Sekunden noch einmal.
error-internal-title = Hier ist etwas schiefgegangen
error-internal-text = Der Fehler liegt bei uns, und nichts wurde halb erledigt. Bitte nennen Sie Ihrer Ansprechperson das Kennzeichen.
what-basket = Warenkorb
state-open = offen
state-returned = schon übergeben
state-cancelled = storniert

sign-in = Anmelden
sign-out = Abmelden
sign-in-failed = Die Anmeldung hat nicht geklappt
sign-in-wrong = Name und Passwort gehören nicht zusammen.
sign-in-name = Anmeldename
password = Passwort
sign-in-hint = Kommen Sie aus einem Beschaffungssystem? Öffnen Sie den Katalog dort; hier brauchen Sie sich dann nicht anzumelden.

connections = Anbindungen
connections-about = Die Beschaffungssysteme, die den Katalog öffnen, und ob sie hineinkommen.
connections-none = Noch keine Anbindungen
connections-none-hint = Legen Sie hier die erste an, oder mit einer Einrichtungsdatei: hookline apply.
connection-new = Neue Anbindung
connection-make = Anbindung anlegen
connection = Anbindung
system = System
condition = Zustand
condition-off = Ausgeschaltet
condition-waiting = Wartet
condition-waiting-reason = Bisher kam kein Aufruf. Tragen Sie das Einrichtungsblatt im Beschaffungssystem ein und öffnen Sie den Katalog von dort.
condition-good = In Ordnung
condition-refused = Abgelehnt
reason = Grund
crumbs = Wo Sie sind
virtual-erp = Simuliertes Beschaffungssystem
evidence = Nachweise
sheet-title = Was Sie in { $system } eintragen
sheet-caption = Was wo einzutragen ist
sheet-address = Adresse des Katalogs
sheet-user = Benutzer
sheet-password = Passwort
sheet-password-value = wie vereinbart; es wird nicht noch einmal angezeigt
sheet-return = Rücksprungadresse
sheet-return-value = füllt Ihr System selbst aus
sheet-charset = Zeichensatz
sheet-version = Version
sheet-then = Öffnen Sie dann den Katalog aus Ihrem System: Mit dem ersten Aufruf wird diese Seite grün.
sheet-generic = Tragen Sie die Adresse als URL des Katalogs und die Parameter als feste Werte ein; gesendet werden sie mit POST.
sheet-sap-srm = In SPRO, Supplier Relationship Management, Define External Web Services: Tragen Sie die Parameter in dieser Reihenfolge ein, mit dem Typ „fixed value“ und für die Rücksprungadresse „return URL“.
sheet-sap-ecc-gui = In SPRO, Materials Management, Purchasing, Environment Data, Web Services: Tragen Sie die Parameter in dieser Reihenfolge ein. Der Katalog öffnet sich in SAP GUI und kehrt über SAPEVENT zurück.
sheet-s4hana = Fügen Sie in der App „Manage Web Services“ einen Katalog vom Typ OCI 4.0 hinzu und tragen Sie die Parameter in dieser Reihenfolge ein; schalten Sie die Preisprüfung ein, wenn Sie VALIDATE möchten.
sheet-sap-internal-units = Wie bei SAP SRM; Einheiten kommen als interne Einheiten von SAP zurück.
sheet-afas = In Profit, Inkoop, Leverancier, OCI-koppeling: Tragen Sie die Adresse und den Benutzer ein; ordnen Sie die freien Felder 16 bis 20 den Codes zu, die Sie erhalten möchten.
sheet-ultimo = In Ultimo, Punchout suppliers: Wählen Sie OCI, Methode POST, und tragen Sie die Adresse und die Parameter ein.
sheet-ifs = In IFS Cloud, Punchout catalogue: Tragen Sie die Adresse mit ihren Parametern ein; IFS ergänzt die Rücksprungadresse und OCICANCEL selbst.
sheet-basware = In Basware, externe Kataloge: Wählen Sie OCI mit HTML-Feldern, Methode POST, und tragen Sie die Parameter ein.
sheet-odoo = In Odoo, im Punchout-Modul: Wählen Sie OCI, tragen Sie die Adresse und die Parameter ein; die Rücksprungadresse enthält einen Schlüssel, der nur einmal gilt.
sheet-get-return = Wie bei OCI 4.0; der Warenkorb kommt mit GET zurück.
sheet-zero-based = Wie bei OCI 4.0; Zeilen werden ab 0 gezählt.
sheet-unite = Wie bei OCI 4.0; Felder fassen höchstens 255 Zeichen.
copied = Kopiert
copy = Kopieren
latest = Neueste Ereignisse
evidence-all = Alle Ereignisse
settings = Einstellungen
settings-change = Einstellungen ändern
settings-about = Was leer bleibt, ist so, wie das Einkaufssystem es gewöhnlich hat. Jede Änderung steht mit Ihrem Namen in den Ereignissen.
settings-system = Das Einkaufssystem
settings-return = Wohin der Warenkorb geht
settings-fields = Wie die Felder gefüllt werden
settings-limits = Grenzen
settings-show-preset = Zeigen, was dieses System gewöhnlich hat
settings-save = Einstellungen speichern
settings-leave = Verlassen ohne zu speichern
settings-conflict = Jemand anders hat diese Anbindung inzwischen geändert. Ihre Eingaben stehen noch hier; nichts wurde gespeichert.
settings-reload = Zeigen, was jetzt dort steht
settings-changes = Was sich änderte
settings-as-text = Einstellungen als Text
settings-as-fields = Einstellungen als Felder
settings-text-about = Dasselbe wie in einer Einrichtungsdatei von hookline apply. Jede Einstellung kann hier stehen; Fehler werden mit ihrer Zeile genannt.
settings-text-label = Die Anbindung, in TOML
setting-as-preset = { $value } (wie { $system })
setting-usual = { $system }: { $value }
choice-allowed = erlaubt
choice-refused = abgelehnt
setting-name = Name in der Adresse
setting-name-hint = Buchstaben, Ziffern, Punkt, Strich; später nicht mehr zu ändern.
setting-buyer = Einkaufende Organisation
setting-buyer-hint = Wessen Einkaufssystem dies ist.
setting-catalogue = Katalog
setting-catalogue-hint = Was sich öffnet, mit seinen Preisen.
setting-preset = System
setting-preset-hint = Seine Gewohnheiten sind der Anfang; jedes Feld unten darf abweichen.
setting-language = Sprache
setting-language-hint = Wenn der Aufruf keine nennt.
setting-active = In Betrieb
setting-active-hint = Ausgeschaltet weist die Adresse alle ab.
setting-organisation-required = Organisation muss passen
setting-organisation-required-hint = Auch wenn der Aufruf keine nennt.
setting-return-origins-hint = Eine je Zeile: https://host, https://host:port oder https://*.host für alle darunter. Ohne sie kann nichts zurück.
setting-return-redirect-origins = Weiterleitungen nach der Rückgabe
setting-return-redirect-origins-hint = Wohin Ihr System nach der Übernahme weiterleitet; Browser prüfen auch diese.
setting-frame-origins-hint = Eine je Zeile. Leer: der Katalog öffnet sich in keinem Rahmen.
setting-return-method = Warenkorb wird gesendet mit
setting-return-method-hint = POST, wenn Ihr System nichts anderes sagt.
setting-default-target = Zielrahmen
setting-default-target-hint = Wenn der Aufruf keinen nennt: _top, _parent, _self, _blank oder ein Name.
setting-default-return-charset = Zeichensatz
setting-default-return-charset-hint = utf-8, iso-8859-1, windows-1252 oder us-ascii.
setting-allow-http-return = Rückgabe ohne TLS
setting-allow-http-return-hint = Browser warnen, bevor sie an http senden.
setting-allow-sapgui = Rückgabe in SAP GUI
setting-allow-sapgui-hint = SAPEVENT: als Rücksprungadresse.
setting-field-mapping = Feldzuordnung
setting-field-mapping-hint = Eine je Zeile: NEW_ITEM-CUST_FIELD1 = line.cost_centre. Mit Grenze: NEW_ITEM-CUST_FIELD1 (10) = line.cost_centre. Quellen: line, basket, article, user, callup, const:Text.
setting-fixed-fields = Feste Felder
setting-fixed-fields-hint = Eines je Zeile: NAME = Wert. Werden mit jedem Warenkorb unverändert gesendet.
setting-unit-table = Einheiten
setting-unit-table-hint = Eine je Zeile: unsere Einheit = Ihre Einheit (PCE = ST). Sie kommen zu denen des Systems hinzu.
setting-number-style = Zahlen sehen aus wie
setting-number-style-hint = Mengen und Preise der Rückgabe.
setting-start-index-hint = 1; einige Systeme zählen ab 0.
setting-send-empty-optional-fields = Leere Felder senden
setting-send-empty-optional-fields-hint = Sonst fallen sie weg.
setting-matnr-excludes-description = Keine Beschreibung neben MATNR
setting-matnr-excludes-description-hint = Auf Zeilen mit Ihrer eigenen Materialnummer.
setting-receiver-ignores-priceunit = System liest keine Preiseinheit
setting-receiver-ignores-priceunit-hint = Preise gelten dann je eins und werden ggf. gerundet.
setting-zero-price = Preis null
setting-zero-price-hint = Ob eine solche Zeile zurückgegeben werden darf.
setting-whole-quantities-only = Nur ganze Mengen
setting-whole-quantities-only-hint = Für Systeme ohne Dezimalstellen.
setting-idle-minutes = Minuten, die eine Sitzung bleibt
setting-idle-minutes-hint = 1 bis 480; nach acht Stunden endet sie.
setting-search-limit = Höchstzahl der Suchtreffer
setting-search-limit-hint = Für BACKGROUND_SEARCH, 1 bis 1000.
setting-session-key-in-path = Sitzungen ohne Cookies
setting-session-key-in-path-hint = Mit dem Schlüssel in der Adresse.
setting-background-search-submits = Suchantwort sendet sich selbst
setting-background-search-submits-hint = Ohne Schaltfläche, für BACKGROUND_SEARCH.
setting-return-origins = Rücksprungadressen
setting-frame-origins = Angezeigt in einem Rahmen von
setting-start-index = Erste Zeilennummer
yes = Ja
no = Nein
evidence-none = Noch keine Ereignisse
evidence-none-hint = Jeder Aufruf und jede Rückgabe wird hier stehen.
evidence-about = Jeder Aufruf und jede Rückgabe, wie empfangen und wie gesendet. Geheimes ist ersetzt.
time = Zeit
kind = Art
outcome = Ergebnis
user = Benutzer
method = Methode
test = Probe
older = Ältere
accept-origin = { $origin } als Rücksprungadresse annehmen
accept-title = Diese Rücksprungadresse annehmen?
accept-step-1 = Ab jetzt darf jeder Warenkorb dieser Anbindung dorthin gesendet werden, mit Preisen, Codes und Notizen.
accept-step-2 = Nehmen Sie sie nur an, wenn es Ihr eigenes Einkaufssystem ist, Buchstabe für Buchstabe.
accept-step-3 = Ihre Entscheidung steht mit Ihrem Namen in den Ereignissen; in den Einstellungen können Sie sie zurücknehmen.
accept-yes = Ja, { $origin } annehmen
accept-no = Nein, zurück
notes = Bemerkungen
received = Wie empfangen
sent = Wie gesendet
evidence-call-up = Aufruf
evidence-function = Funktion
evidence-return = Rückgabe
evidence-repeat = Wiederholung
evidence-cancel = Abgebrochen
evidence-settings = Einstellungen
outcome-shopping-session = Sitzung geöffnet
outcome-form = Formular beantwortet
outcome-return-form = Warenkorb übergeben
outcome-transfer-refused = Warenkorb abgelehnt
outcome-cancelled = Ohne Artikel
outcome-not-found = Nicht gefunden
outcome-login-refused = Nicht erkannt
outcome-too-many-failures = Zu viele Fehlversuche
outcome-callup-refused = Abgelehnt
outcome-too-large = Zu groß
outcome-validate = Preise geprüft
outcome-background-search = Gesucht
outcome-downloadjson = Katalog heruntergeladen
outcome-quantitycheck = Bestand geprüft
outcome-settings-made = Anbindung angelegt
outcome-settings-changed = Einstellungen geändert
reason-login-refused = der Name oder das Passwort stimmt nicht
reason-too-many-failures = zehn Fehlversuche in zehn Minuten von dieser Adresse
reason-host-not-allowed = die Rücksprungadresse steht nicht in der Liste dieser Anbindung
reason-scheme = die Rücksprungadresse beginnt nicht so, wie diese Anbindung es erlaubt
reason-userinfo = in der Rücksprungadresse steht ein Name oder ein Passwort
reason-not-absolute = die Rücksprungadresse ist nicht vollständig
reason-control-char = in der Rücksprungadresse stehen Leerzeichen, Steuerzeichen oder Backslashes
reason-too-long = die Rücksprungadresse ist länger als 4096 Zeichen
reason-return-url-missing = die Rücksprungadresse fehlt
reason-conflicting-parameter = zwei verschiedene Werte für dasselbe
reason-too-large = mehr oder größere Parameter als erlaubt
reason-article-unknown = der Artikel steht nicht im Katalog
virtual-erp-about = Spielt für diese Anbindung einen ganzen Durchlauf und liest den Warenkorb, wie das Beschaffungssystem es täte.
profile = Beschaffungssystem
virtual-erp-run = Durchlauf starten
virtual-erp-failed = Der Durchlauf konnte nicht gespielt werden
virtual-erp-checks = Was das Beschaffungssystem dazu sagt
virtual-erp-ok = Alles kann gebucht werden.

state-placed = aufgegeben
state-confirmed = bestätigt
state-shipped = versandt
state-invoiced = berechnet
what-order = Bestellung
orders = Bestellungen
orders-none = Noch keine Bestellungen
orders-none-hint = Genehmigte Bestellungen erscheinen hier, sobald sie eingehen.
order-number = Bestellung
order-title = Bestellung { $number }
order-lines = Zeilen der Bestellung
line = Zeile
supplier = Lieferant
buyer = Kunde
placed-at = Aufgegeben
desk = Auftragsannahme
line-shipped = { $quantity } versandt
line-refused = { $quantity } nicht lieferbar
line-open = { $quantity } offen
do-confirm = Bestätigen
do-ship = Alles Offene versenden
do-invoice = Rechnung senden
cannot-deliver = Nicht lieferbar
cannot-deliver-hint = Was von den ausgewählten Zeilen offen ist, entfällt; das Geld ist sofort wieder frei und der Kunde erhält eine Mail.
cannot-deliver-reason = Grund, für den Kunden
cannot-deliver-button = Ausgewählte Zeilen streichen und ihr Geld freigeben
timeline = Was geschehen ist
documents = Dokumente
event-order-placed = Bestellung aufgegeben und reserviert
event-order-confirmed = Vom Lieferanten bestätigt
event-order-shipped = Versandt
event-lines-cannot-be-delivered = Zeilen nicht lieferbar, Geld wieder frei
event-invoice-issued = Rechnung gestellt
budgets = Budgets
budgets-none = Noch keine Budgets
budgets-none-hint = Budgets kommen aus einer Einrichtungsdatei: hookline apply.
budget = Budget
distribution = Verteilung
place-expended = Gebucht
place-delivered = Geliefert, nicht berechnet
place-committed = Gebunden
place-available = Verfügbar
funded = Budgetbetrag
advisory = nur zur Information

mail-order-subject = Neue Bestellung { $number }
mail-order-text = Unter der Nummer { $number } ist eine neue Bestellung eingegangen. Die Zeilen:
mail-shipped-subject = Bestellung { $number } ist unterwegs
mail-shipped-text = Ihre Bestellung { $number } wurde versandt. Die Zeilen:
mail-cannot-deliver-subject = Bestellung { $number }: nicht alles ist lieferbar
mail-cannot-deliver-text = Zeilen Ihrer Bestellung { $number } sind nicht lieferbar; das dafür reservierte Geld ist wieder frei. Die Zeilen:
mail-invoice-subject = Rechnung zur Bestellung { $number }
mail-invoice-text = Die Rechnung zu Ihrer Bestellung { $number } liegt im Portal bereit. Die Zeilen:
mail-line-refused = ({ $quantity } nicht lieferbar)

erp-title = Simuliertes Beschaffungssystem
erp-portal = Portal von hookline
erp-start = Spielen Sie den Einkauf
erp-about = Öffnen Sie den Katalog, füllen Sie einen Warenkorb, übergeben und genehmigen Sie ihn hier; spielen Sie dann den Lieferanten.
erp-open = Katalog öffnen als { $buyer }
erp-window = Das Fenster des Beschaffungssystems
erp-steps = Der Ablauf
erp-step-1 = Öffnen Sie den Katalog mit einer der Schaltflächen; der Aufruf meldet Sie an.
erp-step-2 = Suchen Sie, sehen Sie sich um und legen Sie Artikel in den Warenkorb.
erp-step-3 = Geben Sie dem Warenkorb seine Kontierung und übergeben Sie ihn.
erp-step-4 = Genehmigen Sie ihn hier: Die Bestellung geht mit ihrer Nummer hinaus, und das Budget bindet das Geld.
erp-step-5 = Spielen Sie den Lieferanten: bestätigen, versenden, berechnen; hier wird die Rechnung über die Bestellnummer zugeordnet.
erp-requisitions = Zurückgekommene Warenkörbe
erp-people = Personen der Vorführung
erp-people-hint = Melden Sie sich im Portal mit einem dieser Namen und dem Passwort { $password } an.
erp-requisition = Anforderung { $id }
erp-again = Noch ein Warenkorb
erp-invoice = Rechnung (UBL)
erp-empty-title = Hier öffnet sich der Katalog
erp-empty-text = Wählen Sie oben einen der Kunden.
erp-nothing = Der Einkauf kam ohne Artikel zurück.
erp-to-approve = zu genehmigen
erp-approve = Genehmigen und bestellen
erp-confirm = Als Lieferant: bestätigen
erp-ship = Als Lieferant: versenden
erp-send-invoice = Als Lieferant: Rechnung senden
erp-ordered = Bestellung { $number } wurde aufgegeben und auf ihrem Budget reserviert.
erp-matched = Rechnung { $invoice } stimmt Zeile für Zeile mit Bestellung { $number } überein.
erp-not-matched = Rechnung { $invoice } stimmt nicht mit Bestellung { $number } überein.
erp-matched-word = stimmt überein
erp-not-matched-word = stimmt nicht überein

credentials = Zugangsdaten
credentials-hint = Es dürfen mehrere zugleich gelten: Erzeugen Sie ein neues Geheimnis, tragen Sie es im Beschaffungssystem ein und beenden Sie dann das alte.
credential-password = Passwort
credential-secret = erzeugtes Geheimnis
credential-token = Schlüssel
credential-end = Beenden
secret-new = Neues Geheimnis erzeugen
secret-once = Dieses Geheimnis wird nur jetzt angezeigt. Tragen Sie es im Beschaffungssystem als Passwort ein.
replay = In einer Probesitzung noch einmal abspielen

webhook = Bestellungen an Ihr eigenes System
webhook-hint = Jede Bestellung wird als JSON hierher gesendet. Prüfen Sie die Signatur nach Standard Webhooks mit diesem Geheimnis.
webhook-secret = Geheimnis für die Signatur
