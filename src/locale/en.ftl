# Texts of the pages and mails, in English. One key, one text; the same keys stand in every language.

skip = To the content
search = Search
search-label = Search the catalogue
basket = Basket
lines = { $count ->
    [one] { $count } line
   *[other] { $count } lines
}
way-back = Back to your purchasing system
session-kept = Your session is kept for { $minutes } minutes after your last action.
keys = Keys
key-search = search
key-list = through the list
key-open = open
key-keys = these keys
close = Close
group = Group
all-groups = All groups
show = Show
dense = Compact
nothing-found = Nothing found
nothing-found-hint = Try fewer or other words, a part of a word, or an article number.
all-articles = All articles
articles-caption = Articles with shop price, discount and net price
picture = Picture
article = Article
shop-price = Shop price
discount = Discount
net-price = Net
order = Order
compare-this = Compare
choose = Choose
connection-lost = The connection was lost. What you entered is not saved yet; please try again.
quantity = Quantity
add = Add to basket
compare-chosen = Compare the chosen articles
previous-page = Previous page
next-page = Next page
not-added = Not added to the basket
keep-shopping = Keep shopping
price-and-order = Price and order
options = Options
option-required = part of this article
option-text = Text for { $name }
option-text-hint = At most { $max } characters, used as you write it here.
compare = Compare
compare-none = Nothing to compare yet
compare-none-hint = Tick “Compare” on two or more articles in the list.
basket-empty = Your basket is empty
basket-empty-hint = Search the catalogue and add what you need; it stays here until you hand it back.
basket-caption = Articles in the basket
total = Total
remove = Remove
save = Save
coding = Coding
save-line-coding = Save the coding of this line
coding-whole = Coding for the whole basket
coding-whole-hint = Holds for every line that says nothing else.
coding-apply = Apply to the whole basket
overview = Overview
net-total = Net, excluding VAT
transfer = Hand the basket back
destination = You return to
leave-title = Back without articles
leave-drop = { $count ->
    [one] Drop { $count } line and go back
   *[other] Drop { $count } lines and go back
}
returning = Returning to your purchasing system
returning-hint = Your basket is on its way. If nothing happens, choose the button.
return-button = Return to the purchasing system
what-now = What can you do?
reference = Reference
per-one = per { $unit }
per-many = per { $per } { $unit }
plus-vat = excluding { $percent } % VAT
stock = Stock
stock-none = Not in stock
stock-few = { $number } left
stock-many = In stock: { $number }
lead-time = Delivery time
lead-days = { $count ->
    [one] Delivered in { $count } day
   *[other] Delivered in { $count } days
}
articles = { $count ->
    [one] { $count } article
   *[other] { $count } articles
}
articles-for = { $count ->
    [one] { $count } article for “{ $query }”
   *[other] { $count } articles for “{ $query }”
}
range = { $first } to { $last } of { $all }
fact-number = Article number
fact-manufacturer-part = Manufacturer’s number
fact-brand = Brand
fact-gtin = GTIN
fact-unspsc = UNSPSC
fact-contract = Contract
fact-certificate = Certificate
not-saved = Not saved
not-transferred = The basket cannot be handed back yet
line-number = Line { $line }

unit-pce = { $count ->
    [one] piece
   *[other] pieces
}
unit-mtr = { $count ->
    [one] metre
   *[other] metres
}
unit-hur = { $count ->
    [one] hour
   *[other] hours
}
unit-kgm = kg
unit-ltr = { $count ->
    [one] litre
   *[other] litres
}
unit-bx = { $count ->
    [one] box
   *[other] boxes
}
unit-pk = { $count ->
    [one] pack
   *[other] packs
}
unit-set = { $count ->
    [one] set
   *[other] sets
}

field-cost-centre = Cost centre
field-gl-account = Ledger account
field-nzi-code = NZI code
field-po-code = Purchase order code
field-project = Project
field-branch = Branch
field-budget-code = Budget code
field-wish-date = Wish date
field-note = Note
field-quantity = quantity (QUANTITY)
field-price = price (PRICE)
field-unit = unit (UNIT)
field-vendormat = article number (VENDORMAT)

finding-quantity-not-a-number = “{ $value }” is not a quantity. Use digits, with at most one decimal comma or point.
finding-quantity-not-positive = The quantity must be more than zero.
finding-quantity-step = The quantity { $value } is not possible; this article is sold in steps of { $limit }.
finding-quantity-whole = Your purchasing system accepts whole quantities only; { $value } cannot be handed back.
finding-number-too-large = { $field } is too large: at most { $limit } digits before the decimal point.
finding-value-too-long = { $field } is too long: at most { $limit } characters.
finding-unit-unknown = The unit “{ $value }” of this article is unknown to your purchasing system ({ $field }).
finding-price-zero = Your purchasing system does not accept a price of zero ({ $field }).
finding-field-needs-field = { $field } cannot be sent without { $limit }.
finding-price-rounded = The price { $value } was rounded to { $limit }.
finding-transliterated = { $value } characters were replaced, because your purchasing system cannot show them.
finding-text-cut = { $field } was cut to { $limit } characters.
finding-article-unknown = The article { $value } is no longer in the catalogue.
finding-code-unknown = { $field }: “{ $value }” is not in your organisation’s list.
finding-date-invalid = { $field }: “{ $value }” must be a date from { $limit } on.
finding-option-invalid = The option { $field } is missing or not offered for this article.
finding-too-many = No more than { $limit } are possible here.
finding-setting = { $field }: “{ $value }” is not possible. Possible: { $limit }
finding-missing = { $field } is missing.
finding-unusable = { $field }: “{ $value }” cannot be used.
finding-differs-from-basket = { $field } differs from the basket: { $value } instead of { $limit }.
finding-quote-unknown = No basket was handed back under { $value }.
finding-budget-unknown = There is no budget { $value }.
finding-one-connection = One connection and nothing else belongs here.
finding-name-taken = This name is in use already; choose another.

login-refused-title = The catalogue could not be opened
login-refused-text = Your purchasing system was not recognised: the name or the password does not fit.
login-refused-step-1 = Close this window and open the catalogue again from your purchasing system.
login-refused-step-2 = Does it happen again? Ask the administrator of your purchasing system to check the name and the password of this catalogue.
no-connection-title = This address is not in use
no-connection-text = There is no catalogue at this address.
no-connection-step-1 = Ask the administrator of your purchasing system to compare the address with the set-up sheet.
too-large-title = The catalogue could not be opened
too-large-text = Your purchasing system sent more parameters than a call-up may have: at most 100, each at most 8 KiB.
too-large-step-1 = Ask the administrator of your purchasing system to send only what the set-up sheet names.
article-gone-title = This article is no longer available
article-gone-text = The article you asked for is not in the catalogue any more.
article-gone-step-1 = Search the catalogue from your purchasing system for another article.
return-url-missing-title = The catalogue could not be opened
return-url-missing-text = Your purchasing system did not say where to return to: the return address is missing.
return-url-missing-step-1 = Close this window and open the catalogue again from your purchasing system.
return-url-missing-step-2 = Does it happen again? Ask the administrator of your purchasing system to send the return address (HOOK_URL).
conflicting-parameter-title = The catalogue could not be opened
conflicting-parameter-text = Your purchasing system sent two different values for what can have only one.
conflicting-parameter-step-1 = Close this window and open the catalogue again from your purchasing system.
conflicting-parameter-step-2 = Does it happen again? Ask the administrator of your purchasing system to look at the evidence of this connection.
return-url-refused-title = The catalogue could not be opened
return-url-refused-text = Your purchasing system sent a return address that your organisation has not registered here. Nothing was opened.
return-url-refused-step-1 = Close this window and open the catalogue again from your purchasing system.
return-url-refused-step-2 = Does it happen again? The administrator of your purchasing system can see the address and accept it in the evidence of this connection.
session-ended-title = Your session has ended
session-ended-text = You were away for a while, or your basket was handed back already.
session-ended-step-1 = Close this window and open the catalogue again from your purchasing system.
cookies-needed-title = Your browser did not keep the session
cookies-needed-text = Your organisation allows the catalogue only with cookies, and your browser did not send ours back.
cookies-needed-step-1 = Ask the administrator of your purchasing system to allow cookies of this address, or to allow sessions without cookies for this connection.
foreign-form-title = This did not come from our page
foreign-form-text = Nothing was changed, because the request did not come from a page of this session.
foreign-form-step-1 = Go back, reload the page and try again.

error-not-found-title = Not found
error-not-found-text = There is nothing at this address.
error-sign-in-text = Please sign in first.
error-denied-title = Not allowed
error-denied-text = Your role does not allow this.
error-refused-title = That was not possible
error-budget-text = The budget { $code } has too little left.
error-state-text = This { $what } is { $state }; nothing was changed.
error-nothing-text = There is nothing in this { $what } yet.
error-exists-text = There is an { $what } { $number } already, with other content. Nothing was changed.
error-conflict-text = Somebody changed this meanwhile. Reload the page and try again.
error-unavailable-title = Not possible at the moment
error-unavailable-text = The system cannot take this right now. Nothing was lost; please try again in a moment.
request-unreadable = This request cannot be read: it must begin with a line of method, address and HTTP/1.1, followed by headers. Nothing was done.
request-too-long = The address or the head of this request is too long. Nothing was done.
error-too-many-text = Too many tries. Please try again in { $seconds } seconds.
error-internal-title = Something went wrong here
error-internal-text = The fault is ours, and nothing was half done. Please give the reference to your contact.
what-basket = basket
state-open = open
state-returned = handed back already
state-cancelled = cancelled

sign-in = Sign in
sign-out = Sign out
sign-in-failed = Signing in did not work
sign-in-wrong = The name and the password do not belong together.
sign-in-name = Sign-in name
password = Password
sign-in-hint = Do you come from a purchasing system? Open the catalogue there; you need not sign in here.

connections = Connections
connections-about = The purchasing systems that open the catalogue, and whether they get in.
connections-none = No connections yet
connections-none-hint = Make the first one here, or with a set-up file: hookline apply.
connection-new = New connection
connection-make = Make the connection
connection = Connection
system = System
condition = Condition
condition-off = Switched off
condition-waiting = Waiting
condition-waiting-reason = Nobody has called yet. Enter the set-up sheet in the purchasing system and open the catalogue from there.
condition-good = In order
condition-refused = Refused
reason = Reason
crumbs = Where you are
virtual-erp = Virtual ERP
evidence = Evidence
sheet-title = What to enter in { $system }
sheet-caption = What to enter where
sheet-address = Address of the catalogue
sheet-user = User
sheet-password = Password
sheet-password-value = as it was agreed; it is not shown again
sheet-return = Return address
sheet-return-value = your system fills it in itself
sheet-charset = Character set
sheet-version = Version
sheet-then = Then open the catalogue from your system: this page turns green with the first call-up.
sheet-generic = Enter the address as the catalogue’s URL and the parameters as fixed values; send them by POST.
sheet-sap-srm = In SPRO, Supplier Relationship Management, Define External Web Services: enter the parameters in this order, types “fixed value” and, for the return address, “return URL”.
sheet-sap-ecc-gui = In SPRO, Materials Management, Purchasing, Environment Data, Web Services: enter the parameters in this order. The catalogue opens inside SAP GUI and returns through SAPEVENT.
sheet-s4hana = In the app “Manage Web Services”, add a catalogue of type OCI 4.0 and enter the parameters in this order; tick the price check if you want VALIDATE.
sheet-sap-internal-units = As for SAP SRM; units come back as SAP’s internal ones.
sheet-afas = In Profit, Purchasing, Supplier, OCI link: enter the address and the user; map the free fields 16 to 20 to the codes you want to receive.
sheet-ultimo = In Ultimo, Punchout suppliers: choose OCI, method POST, and enter the address and the parameters.
sheet-ifs = In IFS Cloud, Punchout catalogue: enter the address with its parameters; IFS adds the return address and OCICANCEL itself.
sheet-basware = In Basware, external catalogues: choose OCI with HTML fields, method POST, and enter the parameters.
sheet-odoo = In Odoo, the punchout module: choose OCI, enter the address and the parameters; the return address holds a token that is used once.
sheet-get-return = As for OCI 4.0; the basket comes back by GET.
sheet-zero-based = As for OCI 4.0; lines are counted from 0.
sheet-unite = As for OCI 4.0; fields hold at most 255 characters.
copied = Copied
copy = Copy
latest = Latest events
evidence-all = All events
settings = Settings
settings-change = Change settings
settings-about = What stays empty is as the purchasing system usually has it. Every change is kept in the events with your name.
settings-system = The purchasing system
settings-return = Where the basket goes
settings-fields = How the fields are filled
settings-limits = Limits
settings-show-preset = Show what this system usually has
settings-save = Save the settings
settings-leave = Leave without saving
settings-conflict = Somebody else changed this connection meanwhile. What you typed is still here; nothing was saved.
settings-reload = Show what is there now
settings-changes = What changed
settings-as-text = Settings as text
settings-as-fields = Settings as fields
settings-text-about = The same as in a set-up file of hookline apply. Every setting can be written here; mistakes are named with their line.
settings-text-label = The connection, in TOML
setting-as-preset = { $value } (as { $system })
setting-usual = { $system }: { $value }
choice-allowed = allowed
choice-refused = refused
setting-name = Name in the address
setting-name-hint = Letters, digits, dot, dash; it cannot be changed later.
setting-buyer = Buying organisation
setting-buyer-hint = Whose purchasing system this is.
setting-catalogue = Catalogue
setting-catalogue-hint = What opens, with its prices.
setting-preset = System
setting-preset-hint = Its habits are the start; every field below may differ.
setting-language = Language
setting-language-hint = When the call-up names none.
setting-active = In use
setting-active-hint = Switched off, the address refuses everybody.
setting-organisation-required = Organisation must fit
setting-organisation-required-hint = Also when the call-up names none.
setting-return-origins-hint = One per line: https://host, https://host:port, or https://*.host for every host below. Without one, nothing can return.
setting-return-redirect-origins = Redirects after the return
setting-return-redirect-origins-hint = Where your system leads on to after it took the basket; browsers check these too.
setting-frame-origins-hint = One per line. Empty: the catalogue opens in no frame.
setting-return-method = Basket is sent by
setting-return-method-hint = POST, unless your system says otherwise.
setting-default-target = Target frame
setting-default-target-hint = When the call-up names none: _top, _parent, _self, _blank or a name.
setting-default-return-charset = Character set
setting-default-return-charset-hint = utf-8, iso-8859-1, windows-1252 or us-ascii.
setting-allow-http-return = Return without TLS
setting-allow-http-return-hint = Browsers warn before they post to http.
setting-allow-sapgui = Return inside SAP GUI
setting-allow-sapgui-hint = SAPEVENT: as a return address.
setting-field-mapping = Field mapping
setting-field-mapping-hint = One per line: NEW_ITEM-CUST_FIELD1 = line.cost_centre. With a limit: NEW_ITEM-CUST_FIELD1 (10) = line.cost_centre. Sources: line, basket, article, user, callup, const:text.
setting-fixed-fields = Fixed fields
setting-fixed-fields-hint = One per line: NAME = value. Sent with every basket as they are.
setting-unit-table = Units
setting-unit-table-hint = One per line: our unit = your unit (PCE = ST). They are added to those of the system.
setting-number-style = Numbers look like
setting-number-style-hint = Quantities and prices of the return.
setting-start-index-hint = 1; a few systems count from 0.
setting-send-empty-optional-fields = Send empty fields
setting-send-empty-optional-fields-hint = Otherwise they are left out.
setting-matnr-excludes-description = No description beside MATNR
setting-matnr-excludes-description-hint = On lines with your own material number.
setting-receiver-ignores-priceunit = System reads no price unit
setting-receiver-ignores-priceunit-hint = Prices are then per one and may be rounded.
setting-zero-price = Price of zero
setting-zero-price-hint = Whether such a line may be handed back.
setting-whole-quantities-only = Whole quantities only
setting-whole-quantities-only-hint = For systems without decimals.
setting-idle-minutes = Minutes a session is kept
setting-idle-minutes-hint = 1 to 480; after eight hours it ends.
setting-search-limit = Most hits of a search
setting-search-limit-hint = For BACKGROUND_SEARCH, 1 to 1000.
setting-session-key-in-path = Sessions without cookies
setting-session-key-in-path-hint = By the key in the address.
setting-background-search-submits = Search answer submits itself
setting-background-search-submits-hint = Without a button, for BACKGROUND_SEARCH.
setting-return-origins = Return addresses
setting-frame-origins = Shown in a frame of
setting-start-index = First line number
yes = Yes
no = No
evidence-none = No events yet
evidence-none-hint = Every call-up and every return will be listed here.
evidence-about = Every call-up and every return, as received and as sent. Secrets are replaced.
time = Time
kind = Kind
outcome = Outcome
user = User
method = Method
test = test
older = Older
accept-origin = Accept { $origin } as a return address
accept-title = Accept this return address?
accept-step-1 = From now on every basket of this connection may be sent there, with its prices, codes and notes.
accept-step-2 = Accept it only when it is your own purchasing system, letter by letter.
accept-step-3 = Your decision is kept in the events with your name; you can take it back in the settings.
accept-yes = Yes, accept { $origin }
accept-no = No, go back
notes = Notes
received = As received
sent = As sent
evidence-call-up = Call-up
evidence-function = Function
evidence-return = Return
evidence-repeat = Repeat
evidence-cancel = Cancelled
evidence-settings = Settings
outcome-shopping-session = Session opened
outcome-form = Form answered
outcome-return-form = Basket returned
outcome-transfer-refused = Basket refused
outcome-cancelled = Without articles
outcome-not-found = Not found
outcome-login-refused = Not recognised
outcome-too-many-failures = Too many failures
outcome-callup-refused = Refused
outcome-too-large = Too large
outcome-validate = Prices checked
outcome-background-search = Searched
outcome-downloadjson = Catalogue downloaded
outcome-quantitycheck = Stock checked
outcome-settings-made = Connection made
outcome-settings-changed = Settings changed
reason-login-refused = the name or the password does not fit
reason-too-many-failures = ten failures in ten minutes from this address
reason-host-not-allowed = the return address is not in the list of this connection
reason-scheme = the return address does not begin with what this connection allows
reason-userinfo = the return address holds a name or a password
reason-not-absolute = the return address is not complete
reason-control-char = the return address holds blanks, control characters or backslashes
reason-too-long = the return address is longer than 4096 characters
reason-return-url-missing = the return address is missing
reason-conflicting-parameter = two different values for the same thing
reason-too-large = more or larger parameters than allowed
reason-article-unknown = the article is not in the catalogue
virtual-erp-about = Plays a whole round trip for this connection and reads the basket as the purchasing system would.
profile = Purchasing system
virtual-erp-run = Play the round trip
virtual-erp-failed = The round trip could not be played
virtual-erp-checks = What the purchasing system says
virtual-erp-ok = Everything can be booked.

state-placed = placed
state-confirmed = confirmed
state-shipped = shipped
state-invoiced = invoiced
what-order = order
orders = Orders
orders-none = No orders yet
orders-none-hint = Approved orders appear here as soon as they come in.
order-number = Order
order-title = Order { $number }
order-lines = Lines of the order
line = Line
supplier = Supplier
buyer = Buyer
placed-at = Placed
desk = Order desk
line-shipped = { $quantity } shipped
line-refused = { $quantity } cannot be delivered
line-open = { $quantity } open
do-confirm = Confirm
do-ship = Ship everything that is open
do-invoice = Send the invoice
cannot-deliver = Cannot be delivered
cannot-deliver-hint = What is open of the chosen lines is dropped; the money is free again at once and the buyer gets a mail.
cannot-deliver-reason = Reason, for the buyer
cannot-deliver-button = Drop the chosen lines and free their money
timeline = What happened
documents = Documents
event-order-placed = Order placed and reserved
event-order-confirmed = Confirmed by the supplier
event-order-shipped = Shipped
event-lines-cannot-be-delivered = Lines cannot be delivered, money free again
event-invoice-issued = Invoice issued
budgets = Budgets
budgets-none = No budgets yet
budgets-none-hint = Budgets come from a set-up file: hookline apply.
budget = Budget
distribution = Distribution
place-expended = Booked
place-delivered = Delivered, not invoiced
place-committed = Committed
place-available = Available
funded = Budget amount
advisory = advisory

mail-order-subject = New order { $number }
mail-order-text = A new order has come in under number { $number }. Its lines:
mail-shipped-subject = Order { $number } is on its way
mail-shipped-text = Your order { $number } was shipped. Its lines:
mail-cannot-deliver-subject = Order { $number }: not everything can be delivered
mail-cannot-deliver-text = Lines of your order { $number } cannot be delivered; the money reserved for them is free again. The lines:
mail-invoice-subject = Invoice for order { $number }
mail-invoice-text = The invoice for your order { $number } is ready in the portal. Its lines:
mail-line-refused = ({ $quantity } cannot be delivered)

erp-title = Virtual purchasing system
erp-portal = Portal of hookline
erp-start = Play the buyer
erp-about = Open the catalogue, fill a basket, hand it back and approve it here; then play the supplier.
erp-open = Open the catalogue as { $buyer }
erp-window = The purchasing system’s window
erp-steps = The trip
erp-step-1 = Open the catalogue with one of the buttons; you are signed in by the call-up.
erp-step-2 = Search, look, and put articles into the basket.
erp-step-3 = Give the basket its coding and hand it back.
erp-step-4 = Approve it here: the order goes out with its number and the budget holds the money.
erp-step-5 = Play the supplier: confirm, ship, invoice; the invoice is matched here by the order number.
erp-requisitions = Baskets that came back
erp-people = People of the demo
erp-people-hint = Sign in at the portal with any of these names and the password { $password }.
erp-requisition = Requisition { $id }
erp-again = Another basket
erp-invoice = Invoice (UBL)
erp-empty-title = The catalogue opens here
erp-empty-text = Choose one of the buyers above.
erp-nothing = The buyer came back without articles.
erp-to-approve = to be approved
erp-approve = Approve and order
erp-confirm = As the supplier: confirm
erp-ship = As the supplier: ship
erp-send-invoice = As the supplier: send the invoice
erp-ordered = Order { $number } was placed and reserved on its budget.
erp-matched = Invoice { $invoice } matches order { $number } line by line.
erp-not-matched = Invoice { $invoice } does not match order { $number }.
erp-matched-word = matched
erp-not-matched-word = not matched

credentials = Credentials
credentials-hint = Several may be valid at a time: make a new secret, enter it in the purchasing system, then end the old one.
credential-password = password
credential-secret = generated secret
credential-token = token
credential-end = End
secret-new = Make a new secret
secret-once = This secret is shown only now. Enter it in the purchasing system as the password.
replay = Play it again in a test session

webhook = Orders to your own system
webhook-hint = Each order is posted here as JSON. Check the signature by the Standard Webhooks scheme with this secret.
webhook-secret = Signing secret
