# Teksten van pagina’s en mails, in het Nederlands. Eén sleutel, één tekst; in elke taal staan dezelfde sleutels.

skip = Naar de inhoud
search = Zoeken
search-label = Zoek in de catalogus
basket = Winkelmand
lines = { $count ->
    [one] { $count } regel
   *[other] { $count } regels
}
way-back = Terug naar uw inkoopsysteem
session-kept = Uw sessie blijft { $minutes } minuten na uw laatste handeling bewaard.
keys = Toetsen
key-search = zoeken
key-list = door de lijst
key-open = openen
key-keys = deze toetsen
close = Sluiten
group = Groep
all-groups = Alle groepen
show = Tonen
dense = Compact
nothing-found = Niets gevonden
nothing-found-hint = Probeer minder of andere woorden, een deel van een woord, of een artikelnummer.
all-articles = Alle artikelen
articles-caption = Artikelen met winkelprijs, korting en nettoprijs
picture = Afbeelding
article = Artikel
shop-price = Winkelprijs
discount = Korting
net-price = Netto
order = Bestellen
compare-this = Vergelijken
choose = Kiezen
connection-lost = De verbinding is weggevallen. Wat u invulde, is nog niet bewaard; probeer het opnieuw.
quantity = Aantal
add = In de winkelmand
compare-chosen = Gekozen artikelen vergelijken
previous-page = Vorige pagina
next-page = Volgende pagina
not-added = Niet in de winkelmand gelegd
keep-shopping = Verder winkelen
price-and-order = Prijs en bestellen
options = Opties
option-required = hoort bij dit artikel
option-text = Tekst voor { $name }
option-text-hint = Hoogstens { $max } tekens, overgenomen zoals u het hier schrijft.
compare = Vergelijken
compare-none = Nog niets om te vergelijken
compare-none-hint = Vink in de lijst bij twee of meer artikelen “Vergelijken” aan.
basket-empty = Uw winkelmand is leeg
basket-empty-hint = Zoek in de catalogus en voeg toe wat u nodig hebt; het blijft hier staan tot u de winkelmand overdraagt.
basket-caption = Artikelen in de winkelmand
total = Totaal
remove = Verwijderen
save = Bewaren
coding = Codering
save-line-coding = Codering van deze regel bewaren
coding-whole = Codering voor de hele winkelmand
coding-whole-hint = Geldt voor elke regel waar niets anders is ingevuld.
coding-apply = Toepassen op de hele winkelmand
overview = Overzicht
net-total = Netto, exclusief btw
transfer = Winkelmand overdragen
destination = U gaat terug naar
leave-title = Terug zonder artikelen
leave-drop = { $count ->
    [one] { $count } regel laten vallen en teruggaan
   *[other] { $count } regels laten vallen en teruggaan
}
returning = Terug naar uw inkoopsysteem
returning-hint = Uw winkelmand is onderweg. Gebeurt er niets, kies dan de knop.
return-button = Terug naar het inkoopsysteem
what-now = Wat kunt u doen?
reference = Kenmerk
per-one = per { $unit }
per-many = per { $per } { $unit }
plus-vat = exclusief { $percent } % btw
stock = Voorraad
stock-none = Niet op voorraad
stock-few = nog { $number }
stock-many = Op voorraad: { $number }
lead-time = Levertijd
lead-days = { $count ->
    [one] Levering binnen { $count } dag
   *[other] Levering binnen { $count } dagen
}
articles = { $count ->
    [one] { $count } artikel
   *[other] { $count } artikelen
}
articles-for = { $count ->
    [one] { $count } artikel voor “{ $query }”
   *[other] { $count } artikelen voor “{ $query }”
}
range = { $first } tot en met { $last } van { $all }
fact-number = Artikelnummer
fact-manufacturer-part = Nummer van de fabrikant
fact-brand = Merk
fact-gtin = GTIN
fact-unspsc = UNSPSC
fact-contract = Contract
fact-certificate = Keurmerk
not-saved = Niet bewaard
not-transferred = De winkelmand kan nog niet worden overgedragen
line-number = Regel { $line }

unit-pce = { $count ->
    [one] stuk
   *[other] stuks
}
unit-mtr = { $count ->
    [one] meter
   *[other] meter
}
unit-hur = { $count ->
    [one] uur
   *[other] uur
}
unit-kgm = kg
unit-ltr = { $count ->
    [one] liter
   *[other] liter
}
unit-bx = { $count ->
    [one] doos
   *[other] dozen
}
unit-pk = { $count ->
    [one] pak
   *[other] pakken
}
unit-set = { $count ->
    [one] set
   *[other] sets
}

field-cost-centre = Kostenplaats
field-gl-account = Grootboekrekening
field-nzi-code = NZI-code
field-po-code = Inkoopordercode
field-project = Project
field-branch = Vestiging
field-budget-code = Budgetcode
field-wish-date = Gewenste datum
field-note = Opmerking
field-quantity = aantal (QUANTITY)
field-price = prijs (PRICE)
field-unit = eenheid (UNIT)
field-vendormat = artikelnummer (VENDORMAT)

finding-quantity-not-a-number = “{ $value }” is geen aantal. Gebruik cijfers, met hoogstens één komma of punt.
finding-quantity-not-positive = Het aantal moet meer dan nul zijn.
finding-quantity-step = Het aantal { $value } kan niet; dit artikel wordt verkocht in stappen van { $limit }.
finding-quantity-whole = Uw inkoopsysteem neemt alleen hele aantallen aan; { $value } kan niet worden overgedragen.
finding-number-too-large = { $field } is te groot: hoogstens { $limit } cijfers voor de komma.
finding-value-too-long = { $field } is te lang: hoogstens { $limit } tekens.
finding-unit-unknown = Uw inkoopsysteem kent de eenheid “{ $value }” van dit artikel niet ({ $field }).
finding-price-zero = Uw inkoopsysteem neemt geen prijs van nul aan ({ $field }).
finding-field-needs-field = { $field } kan niet worden verzonden zonder { $limit }.
finding-price-rounded = De prijs { $value } is afgerond op { $limit }.
finding-transliterated = { $value } tekens zijn vervangen, omdat uw inkoopsysteem ze niet kan tonen.
finding-text-cut = { $field } is ingekort tot { $limit } tekens.
finding-article-unknown = Het artikel { $value } staat niet meer in de catalogus.
finding-code-unknown = { $field }: “{ $value }” staat niet in de lijst van uw organisatie.
finding-date-invalid = { $field }: “{ $value }” moet een datum zijn vanaf { $limit }.
finding-option-invalid = De optie { $field } ontbreekt of is er niet bij dit artikel.
finding-too-many = Meer dan { $limit } kan hier niet.
finding-setting = { $field }: “{ $value }” kan niet. Wel mogelijk: { $limit }
finding-missing = { $field } ontbreekt.
finding-unusable = { $field }: “{ $value }” is niet bruikbaar.
finding-differs-from-basket = { $field } wijkt af van de winkelmand: { $value } in plaats van { $limit }.
finding-quote-unknown = Er is geen winkelmand overgedragen onder { $value }.
finding-budget-unknown = Er is geen budget { $value }.
finding-one-connection = Hier hoort één koppeling en niets anders.
finding-name-taken = Deze naam is al in gebruik; kies een andere.

login-refused-title = De catalogus kon niet worden geopend
login-refused-text = Uw inkoopsysteem is niet herkend: de naam of het wachtwoord klopt niet.
login-refused-step-1 = Sluit dit venster en open de catalogus opnieuw vanuit uw inkoopsysteem.
login-refused-step-2 = Gebeurt het weer? Vraag de beheerder van uw inkoopsysteem de naam en het wachtwoord van deze catalogus te controleren.
no-connection-title = Dit adres is niet in gebruik
no-connection-text = Op dit adres is geen catalogus.
no-connection-step-1 = Vraag de beheerder van uw inkoopsysteem het adres te vergelijken met het instelblad.
too-large-title = De catalogus kon niet worden geopend
too-large-text = Uw inkoopsysteem stuurde meer parameters dan een aanroep mag hebben: hoogstens 100, elk hoogstens 8 KiB.
too-large-step-1 = Vraag de beheerder van uw inkoopsysteem alleen te sturen wat op het instelblad staat.
article-gone-title = Dit artikel is er niet meer
article-gone-text = Het artikel dat u vroeg, staat niet meer in de catalogus.
article-gone-step-1 = Zoek vanuit uw inkoopsysteem in de catalogus naar een ander artikel.
return-url-missing-title = De catalogus kon niet worden geopend
return-url-missing-text = Uw inkoopsysteem heeft niet gezegd waarheen u teruggaat: het retouradres ontbreekt.
return-url-missing-step-1 = Sluit dit venster en open de catalogus opnieuw vanuit uw inkoopsysteem.
return-url-missing-step-2 = Gebeurt het weer? Vraag de beheerder van uw inkoopsysteem het retouradres (HOOK_URL) mee te sturen.
conflicting-parameter-title = De catalogus kon niet worden geopend
conflicting-parameter-text = Uw inkoopsysteem stuurde twee verschillende waarden waar er maar één kan zijn.
conflicting-parameter-step-1 = Sluit dit venster en open de catalogus opnieuw vanuit uw inkoopsysteem.
conflicting-parameter-step-2 = Gebeurt het weer? Vraag de beheerder van uw inkoopsysteem naar het bewijs van deze koppeling te kijken.
return-url-refused-title = De catalogus kon niet worden geopend
return-url-refused-text = Uw inkoopsysteem stuurde een retouradres dat uw organisatie hier niet heeft aangemeld. Er is niets geopend.
return-url-refused-step-1 = Sluit dit venster en open de catalogus opnieuw vanuit uw inkoopsysteem.
return-url-refused-step-2 = Gebeurt het weer? De beheerder van uw inkoopsysteem ziet het adres in het bewijs van deze koppeling en kan het daar aanvaarden.
session-ended-title = Uw sessie is afgelopen
session-ended-text = U was een tijd weg, of uw winkelmand is al overgedragen.
session-ended-step-1 = Sluit dit venster en open de catalogus opnieuw vanuit uw inkoopsysteem.
cookies-needed-title = Uw browser heeft de sessie niet bewaard
cookies-needed-text = Uw organisatie staat de catalogus alleen met cookies toe, en uw browser stuurde de onze niet terug.
cookies-needed-step-1 = Vraag de beheerder van uw inkoopsysteem cookies van dit adres toe te staan, of voor deze koppeling sessies zonder cookies toe te laten.
foreign-form-title = Dit kwam niet van onze pagina
foreign-form-text = Er is niets gewijzigd, want het verzoek kwam niet van een pagina van deze sessie.
foreign-form-step-1 = Ga terug, laad de pagina opnieuw en probeer het nog eens.

error-not-found-title = Niet gevonden
error-not-found-text = Op dit adres is niets.
error-sign-in-text = Meld u eerst aan.
error-denied-title = Niet toegestaan
error-denied-text = Uw rol staat dit niet toe.
error-refused-title = Dat kon niet
error-budget-text = In het budget { $code } is te weinig over.
error-state-text = Deze { $what } is { $state }; er is niets gewijzigd.
error-nothing-text = Er staat nog niets in deze { $what }.
error-exists-text = Er is al een { $what } { $number }, met een andere inhoud. Er is niets veranderd.
error-conflict-text = Iemand heeft dit ondertussen gewijzigd. Laad de pagina opnieuw en probeer het nog eens.
error-unavailable-title = Op dit moment niet mogelijk
error-unavailable-text = Het systeem kan dit nu niet aannemen. Er is niets verloren; probeer het zo weer.
request-unreadable = Dit verzoek is niet te lezen: het moet beginnen met een regel met methode, adres en HTTP/1.1, gevolgd door headers. Er is niets gedaan.
request-too-long = Het adres of de kop van dit verzoek is te lang. Er is niets gedaan.
error-too-many-text = Te veel pogingen. Probeer het over { $seconds } seconden opnieuw.
error-internal-title = Hier ging iets mis
error-internal-text = De fout ligt bij ons, en er is niets half gedaan. Geef het kenmerk door aan uw contactpersoon.
what-basket = winkelmand
state-open = open
state-returned = al overgedragen
state-cancelled = geannuleerd

sign-in = Aanmelden
sign-out = Afmelden
sign-in-failed = Aanmelden is niet gelukt
sign-in-wrong = De naam en het wachtwoord horen niet bij elkaar.
sign-in-name = Aanmeldnaam
password = Wachtwoord
sign-in-hint = Komt u uit een inkoopsysteem? Open de catalogus daar; hier hoeft u zich dan niet aan te melden.

connections = Koppelingen
connections-about = De inkoopsystemen die de catalogus openen, en of ze binnenkomen.
connections-none = Nog geen koppelingen
connections-none-hint = Maak hier de eerste, of met een instelbestand: hookline apply.
connection-new = Nieuwe koppeling
connection-make = Koppeling maken
connection = Koppeling
system = Systeem
condition = Stand
condition-off = Uitgezet
condition-waiting = Wacht
condition-waiting-reason = Er is nog niets aangeroepen. Neem het instelblad over in het inkoopsysteem en open de catalogus van daaruit.
condition-good = In orde
condition-refused = Geweigerd
reason = Reden
crumbs = Waar u bent
virtual-erp = Nagespeeld inkoopsysteem
evidence = Bewijs
sheet-title = Wat u invult in { $system }
sheet-caption = Wat u waar invult
sheet-address = Adres van de catalogus
sheet-user = Gebruiker
sheet-password = Wachtwoord
sheet-password-value = zoals afgesproken; het wordt niet nog eens getoond
sheet-return = Retouradres
sheet-return-value = uw systeem vult het zelf in
sheet-charset = Tekenset
sheet-version = Versie
sheet-then = Open daarna de catalogus vanuit uw systeem: bij de eerste aanroep wordt deze pagina groen.
sheet-generic = Vul het adres in als URL van de catalogus en de parameters als vaste waarden; stuur ze met POST.
sheet-sap-srm = In SPRO, Supplier Relationship Management, Define External Web Services: vul de parameters in deze volgorde in, met als type “fixed value” en voor het retouradres “return URL”.
sheet-sap-ecc-gui = In SPRO, Materials Management, Purchasing, Environment Data, Web Services: vul de parameters in deze volgorde in. De catalogus opent binnen SAP GUI en keert terug via SAPEVENT.
sheet-s4hana = Voeg in de app “Manage Web Services” een catalogus van het type OCI 4.0 toe en vul de parameters in deze volgorde in; zet de prijscontrole aan als u VALIDATE wilt.
sheet-sap-internal-units = Zoals bij SAP SRM; eenheden komen terug als de interne van SAP.
sheet-afas = In Profit, Inkoop, Leverancier, OCI-koppeling: vul het adres en de gebruiker in; koppel de vrije velden 16 tot en met 20 aan de codes die u wilt ontvangen.
sheet-ultimo = In Ultimo, Punchout-leveranciers: kies OCI, methode POST, en vul het adres en de parameters in.
sheet-ifs = In IFS Cloud, Punchout catalogue: vul het adres met zijn parameters in; IFS voegt het retouradres en OCICANCEL zelf toe.
sheet-basware = In Basware, externe catalogi: kies OCI met HTML-velden, methode POST, en vul de parameters in.
sheet-odoo = In Odoo, de punchout-module: kies OCI, vul het adres en de parameters in; in het retouradres zit een sleutel die maar één keer werkt.
sheet-get-return = Zoals bij OCI 4.0; de winkelmand komt terug met GET.
sheet-zero-based = Zoals bij OCI 4.0; regels tellen vanaf 0.
sheet-unite = Zoals bij OCI 4.0; velden bevatten hoogstens 255 tekens.
copied = Gekopieerd
copy = Kopiëren
latest = Laatste gebeurtenissen
evidence-all = Alle gebeurtenissen
settings = Instellingen
settings-change = Instellingen wijzigen
settings-about = Wat leeg blijft, is zoals het inkoopsysteem het gewoonlijk heeft. Elke wijziging komt met uw naam in de gebeurtenissen.
settings-system = Het inkoopsysteem
settings-return = Waar het mandje heen gaat
settings-fields = Hoe de velden gevuld worden
settings-limits = Grenzen
settings-show-preset = Toon wat dit systeem gewoonlijk heeft
settings-save = Instellingen bewaren
settings-leave = Verlaten zonder te bewaren
settings-conflict = Iemand anders heeft deze koppeling intussen gewijzigd. Wat u typte, staat hier nog; er is niets bewaard.
settings-reload = Toon wat er nu staat
settings-changes = Wat er veranderde
settings-as-text = Instellingen als tekst
settings-as-fields = Instellingen als velden
settings-text-about = Hetzelfde als in een instelbestand van hookline apply. Elke instelling kan hier staan; fouten worden met hun regel genoemd.
settings-text-label = De koppeling, in TOML
setting-as-preset = { $value } (zoals { $system })
setting-usual = { $system }: { $value }
choice-allowed = toegestaan
choice-refused = geweigerd
setting-name = Naam in het adres
setting-name-hint = Letters, cijfers, punt, streepje; later niet te wijzigen.
setting-buyer = Inkopende organisatie
setting-buyer-hint = Van wie dit inkoopsysteem is.
setting-catalogue = Catalogus
setting-catalogue-hint = Wat er opent, met zijn prijzen.
setting-preset = Systeem
setting-preset-hint = De gewoonten ervan zijn het begin; elk veld hieronder mag anders.
setting-language = Taal
setting-language-hint = Als de aanroep er geen noemt.
setting-active = In gebruik
setting-active-hint = Uitgezet weigert het adres iedereen.
setting-organisation-required = Organisatie moet kloppen
setting-organisation-required-hint = Ook als de aanroep er geen noemt.
setting-return-origins-hint = Eén per regel: https://host, https://host:poort, of https://*.host voor alles daaronder. Zonder kan er niets terug.
setting-return-redirect-origins = Doorverwijzingen na de teruggave
setting-return-redirect-origins-hint = Waarheen uw systeem doorleidt nadat het het mandje nam; browsers controleren die ook.
setting-frame-origins-hint = Eén per regel. Leeg: de catalogus opent in geen kader.
setting-return-method = Mandje wordt gestuurd met
setting-return-method-hint = POST, tenzij uw systeem anders zegt.
setting-default-target = Doelkader
setting-default-target-hint = Als de aanroep er geen noemt: _top, _parent, _self, _blank of een naam.
setting-default-return-charset = Tekenset
setting-default-return-charset-hint = utf-8, iso-8859-1, windows-1252 of us-ascii.
setting-allow-http-return = Terug zonder TLS
setting-allow-http-return-hint = Browsers waarschuwen voor ze naar http sturen.
setting-allow-sapgui = Terug binnen SAP GUI
setting-allow-sapgui-hint = SAPEVENT: als retouradres.
setting-field-mapping = Veldtoewijzing
setting-field-mapping-hint = Eén per regel: NEW_ITEM-CUST_FIELD1 = line.cost_centre. Met een grens: NEW_ITEM-CUST_FIELD1 (10) = line.cost_centre. Bronnen: line, basket, article, user, callup, const:tekst.
setting-fixed-fields = Vaste velden
setting-fixed-fields-hint = Eén per regel: NAAM = waarde. Gaan met elk mandje mee zoals ze zijn.
setting-unit-table = Eenheden
setting-unit-table-hint = Eén per regel: onze eenheid = uw eenheid (PCE = ST). Ze komen bij die van het systeem.
setting-number-style = Getallen zien eruit als
setting-number-style-hint = Aantallen en prijzen van de teruggave.
setting-start-index-hint = 1; enkele systemen tellen vanaf 0.
setting-send-empty-optional-fields = Lege velden sturen
setting-send-empty-optional-fields-hint = Anders blijven ze weg.
setting-matnr-excludes-description = Geen omschrijving naast MATNR
setting-matnr-excludes-description-hint = Op regels met uw eigen artikelnummer.
setting-receiver-ignores-priceunit = Systeem leest geen prijseenheid
setting-receiver-ignores-priceunit-hint = Prijzen zijn dan per één en mogelijk afgerond.
setting-zero-price = Prijs nul
setting-zero-price-hint = Of zo’n regel teruggegeven mag worden.
setting-whole-quantities-only = Alleen hele aantallen
setting-whole-quantities-only-hint = Voor systemen zonder decimalen.
setting-idle-minutes = Minuten dat een sessie blijft
setting-idle-minutes-hint = 1 tot 480; na acht uur eindigt ze.
setting-search-limit = Meeste treffers van een zoekvraag
setting-search-limit-hint = Voor BACKGROUND_SEARCH, 1 tot 1000.
setting-session-key-in-path = Sessies zonder cookies
setting-session-key-in-path-hint = Met de sleutel in het adres.
setting-background-search-submits = Zoekantwoord verstuurt zichzelf
setting-background-search-submits-hint = Zonder knop, voor BACKGROUND_SEARCH.
setting-return-origins = Retouradressen
setting-frame-origins = Getoond in een kader van
setting-start-index = Eerste regelnummer
yes = Ja
no = Nee
evidence-none = Nog geen gebeurtenissen
evidence-none-hint = Elke aanroep en elke teruggave komt hier te staan.
evidence-about = Elke aanroep en elke teruggave, zoals ontvangen en zoals verzonden. Geheimen zijn vervangen.
time = Tijd
kind = Soort
outcome = Uitkomst
user = Gebruiker
method = Methode
test = proef
older = Ouder
accept-origin = { $origin } als retouradres aanvaarden
accept-title = Dit retouradres aanvaarden?
accept-step-1 = Vanaf nu mag elk mandje van deze koppeling daarheen, met prijzen, codes en opmerkingen.
accept-step-2 = Aanvaard het alleen als het uw eigen inkoopsysteem is, letter voor letter.
accept-step-3 = Uw besluit komt met uw naam in de gebeurtenissen; in de instellingen kunt u het terugnemen.
accept-yes = Ja, { $origin } aanvaarden
accept-no = Nee, terug
notes = Opmerkingen
received = Zoals ontvangen
sent = Zoals verzonden
evidence-call-up = Aanroep
evidence-function = Functie
evidence-return = Teruggave
evidence-repeat = Herhaling
evidence-cancel = Geannuleerd
evidence-settings = Instellingen
outcome-shopping-session = Sessie geopend
outcome-form = Formulier beantwoord
outcome-return-form = Winkelmand overgedragen
outcome-transfer-refused = Winkelmand geweigerd
outcome-cancelled = Zonder artikelen
outcome-not-found = Niet gevonden
outcome-login-refused = Niet herkend
outcome-too-many-failures = Te veel mislukte pogingen
outcome-callup-refused = Geweigerd
outcome-too-large = Te groot
outcome-validate = Prijzen gecontroleerd
outcome-background-search = Gezocht
outcome-downloadjson = Catalogus opgehaald
outcome-quantitycheck = Voorraad gecontroleerd
outcome-settings-made = Koppeling gemaakt
outcome-settings-changed = Instellingen gewijzigd
reason-login-refused = de naam of het wachtwoord klopt niet
reason-too-many-failures = tien mislukte pogingen in tien minuten vanaf dit adres
reason-host-not-allowed = het retouradres staat niet in de lijst van deze koppeling
reason-scheme = het retouradres begint niet met wat deze koppeling toestaat
reason-userinfo = in het retouradres staat een naam of een wachtwoord
reason-not-absolute = het retouradres is niet volledig
reason-control-char = in het retouradres staan spaties, stuurtekens of backslashes
reason-too-long = het retouradres is langer dan 4096 tekens
reason-return-url-missing = het retouradres ontbreekt
reason-conflicting-parameter = twee verschillende waarden voor hetzelfde
reason-too-large = meer of grotere parameters dan toegestaan
reason-article-unknown = het artikel staat niet in de catalogus
virtual-erp-about = Speelt voor deze koppeling een hele rondreis en leest de winkelmand zoals het inkoopsysteem dat zou doen.
profile = Inkoopsysteem
virtual-erp-run = Rondreis afspelen
virtual-erp-failed = De rondreis kon niet worden afgespeeld
virtual-erp-checks = Wat het inkoopsysteem ervan vindt
virtual-erp-ok = Alles kan worden geboekt.

state-placed = geplaatst
state-confirmed = bevestigd
state-shipped = verzonden
state-invoiced = gefactureerd
what-order = bestelling
orders = Bestellingen
orders-none = Nog geen bestellingen
orders-none-hint = Goedgekeurde bestellingen staan hier zodra ze binnenkomen.
order-number = Bestelling
order-title = Bestelling { $number }
order-lines = Regels van de bestelling
line = Regel
supplier = Leverancier
buyer = Afnemer
placed-at = Geplaatst
desk = Orderbalie
line-shipped = { $quantity } verzonden
line-refused = { $quantity } niet leverbaar
line-open = { $quantity } open
do-confirm = Bevestigen
do-ship = Alles wat open staat verzenden
do-invoice = Factuur sturen
cannot-deliver = Niet leverbaar
cannot-deliver-hint = Wat van de gekozen regels nog open staat, vervalt; het geld is meteen weer vrij en de afnemer krijgt een mail.
cannot-deliver-reason = Reden, voor de afnemer
cannot-deliver-button = Gekozen regels laten vervallen en hun geld vrijgeven
timeline = Wat er is gebeurd
documents = Documenten
event-order-placed = Bestelling geplaatst en gereserveerd
event-order-confirmed = Bevestigd door de leverancier
event-order-shipped = Verzonden
event-lines-cannot-be-delivered = Regels niet leverbaar, geld weer vrij
event-invoice-issued = Factuur verstuurd
budgets = Budgetten
budgets-none = Nog geen budgetten
budgets-none-hint = Budgetten komen uit een instelbestand: hookline apply.
budget = Budget
distribution = Verdeling
place-expended = Geboekt
place-delivered = Geleverd, nog niet gefactureerd
place-committed = Vastgelegd
place-available = Beschikbaar
funded = Budgetbedrag
advisory = ter informatie

mail-order-subject = Nieuwe bestelling { $number }
mail-order-text = Er is een nieuwe bestelling binnengekomen onder nummer { $number }. De regels:
mail-shipped-subject = Bestelling { $number } is onderweg
mail-shipped-text = Uw bestelling { $number } is verzonden. De regels:
mail-cannot-deliver-subject = Bestelling { $number }: niet alles is leverbaar
mail-cannot-deliver-text = Regels van uw bestelling { $number } zijn niet leverbaar; het geld dat ervoor was gereserveerd, is weer vrij. De regels:
mail-invoice-subject = Factuur bij bestelling { $number }
mail-invoice-text = De factuur bij uw bestelling { $number } staat klaar in het portaal. De regels:
mail-line-refused = ({ $quantity } niet leverbaar)

erp-title = Nagespeeld inkoopsysteem
erp-portal = Portaal van hookline
erp-start = Speel de inkoper
erp-about = Open de catalogus, vul een winkelmand, draag hem over en keur hem hier goed; speel daarna de leverancier.
erp-open = Catalogus openen als { $buyer }
erp-window = Het venster van het inkoopsysteem
erp-steps = De reis
erp-step-1 = Open de catalogus met een van de knoppen; de aanroep meldt u aan.
erp-step-2 = Zoek, bekijk, en leg artikelen in de winkelmand.
erp-step-3 = Geef de winkelmand zijn codering en draag hem over.
erp-step-4 = Keur hem hier goed: de bestelling gaat met haar nummer de deur uit en het budget legt het geld vast.
erp-step-5 = Speel de leverancier: bevestig, verzend, factureer; hier wordt de factuur via het bestelnummer gekoppeld.
erp-requisitions = Winkelmanden die terugkwamen
erp-people = Mensen van de demo
erp-people-hint = Meld u aan bij het portaal met een van deze namen en het wachtwoord { $password }.
erp-requisition = Aanvraag { $id }
erp-again = Nog een winkelmand
erp-invoice = Factuur (UBL)
erp-empty-title = Hier opent de catalogus
erp-empty-text = Kies hierboven een van de afnemers.
erp-nothing = De inkoper kwam terug zonder artikelen.
erp-to-approve = goed te keuren
erp-approve = Goedkeuren en bestellen
erp-confirm = Als leverancier: bevestigen
erp-ship = Als leverancier: verzenden
erp-send-invoice = Als leverancier: factuur sturen
erp-ordered = Bestelling { $number } is geplaatst en op haar budget gereserveerd.
erp-matched = Factuur { $invoice } klopt regel voor regel met bestelling { $number }.
erp-not-matched = Factuur { $invoice } klopt niet met bestelling { $number }.
erp-matched-word = klopt
erp-not-matched-word = klopt niet

credentials = Inloggegevens
credentials-hint = Er mogen er meer tegelijk gelden: maak een nieuw geheim, vul het in het inkoopsysteem in, en beëindig dan het oude.
credential-password = wachtwoord
credential-secret = gemaakt geheim
credential-token = sleutel
credential-end = Beëindigen
secret-new = Nieuw geheim maken
secret-once = Dit geheim wordt alleen nu getoond. Vul het in het inkoopsysteem in als wachtwoord.
replay = Opnieuw afspelen in een proefsessie

webhook = Bestellingen naar uw eigen systeem
webhook-hint = Elke bestelling wordt hierheen gestuurd als JSON. Controleer met dit geheim de handtekening volgens Standard Webhooks.
webhook-secret = Geheim voor de handtekening
