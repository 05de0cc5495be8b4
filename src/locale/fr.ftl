# Textes des pages et des courriels, en français. Une clé, un texte ; les mêmes clés figurent dans chaque langue.

skip = Aller au contenu
search = Rechercher
search-label = Rechercher dans le catalogue
basket = Panier
lines = { $count ->
    [one] { $count } ligne
   *[other] { $count } lignes
}
way-back = Retour à votre système d’achat
session-kept = Votre session est conservée { $minutes } minutes après votre dernière action.
keys = Touches
key-search = rechercher
key-list = parcourir la liste
key-open = ouvrir
key-keys = ces touches
close = Fermer
group = Groupe
all-groups = Tous les groupes
show = Afficher
dense = Compact
nothing-found = Aucun résultat
nothing-found-hint = Essayez avec moins de mots ou d’autres mots, une partie d’un mot, ou un numéro d’article.
all-articles = Tous les articles
articles-caption = Articles avec prix public, remise et prix net
picture = Image
article = Article
shop-price = Prix public
discount = Remise
net-price = Net
order = Commander
compare-this = Comparer
choose = Choisir
connection-lost = La connexion a été perdue. Votre saisie n’est pas encore enregistrée ; veuillez réessayer.
quantity = Quantité
add = Ajouter au panier
compare-chosen = Comparer les articles choisis
previous-page = Page précédente
next-page = Page suivante
not-added = Non ajouté au panier
keep-shopping = Continuer vos achats
price-and-order = Prix et commande
options = Options
option-required = fait partie de cet article
option-text = Texte pour { $name }
option-text-hint = { $max } caractères au plus, repris tels que vous les écrivez ici.
compare = Comparer
compare-none = Rien à comparer pour l’instant
compare-none-hint = Cochez « Comparer » pour deux articles ou plus dans la liste.
basket-empty = Votre panier est vide
basket-empty-hint = Cherchez dans le catalogue et ajoutez ce qu’il vous faut ; tout reste ici jusqu’à ce que vous transmettiez le panier.
basket-caption = Articles du panier
total = Total
remove = Retirer
save = Enregistrer
coding = Imputation
save-line-coding = Enregistrer l’imputation de cette ligne
coding-whole = Imputation de tout le panier
coding-whole-hint = Vaut pour chaque ligne qui n’indique rien d’autre.
coding-apply = Appliquer à tout le panier
overview = Récapitulatif
net-total = Net, hors TVA
transfer = Transmettre le panier
destination = Vous retournez à
leave-title = Retour sans articles
leave-drop = { $count ->
    [one] Abandonner { $count } ligne et revenir
   *[other] Abandonner { $count } lignes et revenir
}
returning = Retour à votre système d’achat
returning-hint = Votre panier est en route. Si rien ne se passe, choisissez le bouton.
return-button = Retour au système d’achat
what-now = Que pouvez-vous faire ?
reference = Référence
per-one = par { $unit }
per-many = les { $per } { $unit }
plus-vat = hors { $percent } % de TVA
stock = Stock
stock-none = Pas en stock
stock-few = plus que { $number }
stock-many = En stock : { $number }
lead-time = Délai de livraison
lead-days = { $count ->
    [one] Livraison sous { $count } jour
   *[other] Livraison sous { $count } jours
}
articles = { $count ->
    [one] { $count } article
   *[other] { $count } articles
}
articles-for = { $count ->
    [one] { $count } article pour « { $query } »
   *[other] { $count } articles pour « { $query } »
}
range = { $first } à { $last } sur { $all }
fact-number = Numéro d’article
fact-manufacturer-part = Référence du fabricant
fact-brand = Marque
fact-gtin = GTIN
fact-unspsc = UNSPSC
fact-contract = Contrat
fact-certificate = Certificat
not-saved = Non enregistré
not-transferred = Le panier ne peut pas encore être transmis
line-number = Ligne { $line }

unit-pce = { $count ->
    [one] pièce
   *[other] pièces
}
unit-mtr = { $count ->
    [one] mètre
   *[other] mètres
}
unit-hur = { $count ->
    [one] heure
   *[other] heures
}
unit-kgm = kg
unit-ltr = { $count ->
    [one] litre
   *[other] litres
}
unit-bx = { $count ->
    [one] boîte
   *[other] boîtes
}
unit-pk = { $count ->
    [one] paquet
   *[other] paquets
}
unit-set = { $count ->
    [one] lot
   *[other] lots
}

field-cost-centre = Centre de coûts
field-gl-account = Compte général
field-nzi-code = Code NZI
field-po-code = Code du bon de commande
field-project = Projet
field-branch = Site
field-budget-code = Code budgétaire
field-wish-date = Date souhaitée
field-note = Remarque
field-quantity = quantité (QUANTITY)
field-price = prix (PRICE)
field-unit = unité (UNIT)
field-vendormat = numéro d’article (VENDORMAT)

finding-quantity-not-a-number = « { $value } » n’est pas une quantité. Utilisez des chiffres, avec au plus une virgule ou un point.
finding-quantity-not-positive = La quantité doit être supérieure à zéro.
finding-quantity-step = La quantité { $value } n’est pas possible ; cet article est vendu par { $limit }.
finding-quantity-whole = Votre système d’achat n’accepte que des quantités entières ; { $value } ne peut pas être transmis.
finding-number-too-large = { $field } est trop grand : au plus { $limit } chiffres avant la virgule.
finding-value-too-long = { $field } est trop long : au plus { $limit } caractères.
finding-unit-unknown = Votre système d’achat ne connaît pas l’unité « { $value } » de cet article ({ $field }).
finding-price-zero = Votre système d’achat n’accepte pas de prix nul ({ $field }).
finding-field-needs-field = { $field } ne peut pas être envoyé sans { $limit }.
finding-price-rounded = Le prix { $value } a été arrondi à { $limit }.
finding-transliterated = { $value } caractères ont été remplacés, car votre système d’achat ne peut pas les afficher.
finding-text-cut = { $field } a été raccourci à { $limit } caractères.
finding-article-unknown = L’article { $value } n’est plus au catalogue.
finding-code-unknown = { $field } : « { $value } » n’est pas dans la liste de votre organisation.
finding-date-invalid = { $field } : « { $value } » doit être une date à partir du { $limit }.
finding-option-invalid = L’option { $field } manque ou n’est pas proposée pour cet article.
finding-too-many = Il n’est pas possible d’en avoir plus de { $limit } ici.
finding-setting = { $field } : « { $value } » n’est pas possible. Valeurs possibles : { $limit }
finding-missing = { $field } manque.
finding-unusable = { $field } : « { $value } » n’est pas utilisable.
finding-differs-from-basket = { $field } diffère du panier : { $value } au lieu de { $limit }.
finding-quote-unknown = Aucun panier n’a été transmis sous { $value }.
finding-budget-unknown = Il n’y a pas de budget { $value }.
finding-one-connection = Une seule connexion et rien d’autre a sa place ici.
finding-name-taken = Ce nom est déjà utilisé ; choisissez-en un autre.

login-refused-title = Le catalogue n’a pas pu être ouvert
login-refused-text = Votre système d’achat n’a pas été reconnu : le nom ou le mot de passe ne convient pas.
login-refused-step-1 = Fermez cette fenêtre et ouvrez de nouveau le catalogue depuis votre système d’achat.
login-refused-step-2 = Cela se reproduit ? Demandez à l’administrateur de votre système d’achat de vérifier le nom et le mot de passe de ce catalogue.
no-connection-title = Cette adresse n’est pas utilisée
no-connection-text = Il n’y a pas de catalogue à cette adresse.
no-connection-step-1 = Demandez à l’administrateur de votre système d’achat de comparer l’adresse avec la fiche de configuration.
too-large-title = Le catalogue n’a pas pu être ouvert
too-large-text = Votre système d’achat a envoyé plus de paramètres qu’un appel ne peut en avoir : au plus 100, de 8 Kio chacun au plus.
too-large-step-1 = Demandez à l’administrateur de votre système d’achat de n’envoyer que ce qu’indique la fiche de configuration.
article-gone-title = Cet article n’est plus disponible
article-gone-text = L’article demandé n’est plus au catalogue.
article-gone-step-1 = Cherchez un autre article dans le catalogue depuis votre système d’achat.
return-url-missing-title = Le catalogue n’a pas pu être ouvert
return-url-missing-text = Votre système d’achat n’a pas indiqué où revenir : l’adresse de retour manque.
return-url-missing-step-1 = Fermez cette fenêtre et ouvrez de nouveau le catalogue depuis votre système d’achat.
return-url-missing-step-2 = Cela se reproduit ? Demandez à l’administrateur de votre système d’achat d’envoyer l’adresse de retour (HOOK_URL).
conflicting-parameter-title = Le catalogue n’a pas pu être ouvert
conflicting-parameter-text = Votre système d’achat a envoyé deux valeurs différentes là où il ne peut y en avoir qu’une.
conflicting-parameter-step-1 = Fermez cette fenêtre et ouvrez de nouveau le catalogue depuis votre système d’achat.
conflicting-parameter-step-2 = Cela se reproduit ? Demandez à l’administrateur de votre système d’achat de consulter les traces de cette connexion.
return-url-refused-title = Le catalogue n’a pas pu être ouvert
return-url-refused-text = Votre système d’achat a envoyé une adresse de retour que votre organisation n’a pas déclarée ici. Rien n’a été ouvert.
return-url-refused-step-1 = Fermez cette fenêtre et ouvrez de nouveau le catalogue depuis votre système d’achat.
return-url-refused-step-2 = Cela se reproduit ? L’administrateur de votre système d’achat voit l’adresse dans les traces de cette connexion et peut l’accepter.
session-ended-title = Votre session est terminée
session-ended-text = Vous vous êtes absenté un moment, ou votre panier a déjà été transmis.
session-ended-step-1 = Fermez cette fenêtre et ouvrez de nouveau le catalogue depuis votre système d’achat.
cookies-needed-title = Votre navigateur n’a pas gardé la session
cookies-needed-text = Votre organisation n’autorise le catalogue qu’avec des cookies, et votre navigateur n’a pas renvoyé le nôtre.
cookies-needed-step-1 = Demandez à l’administrateur de votre système d’achat d’autoriser les cookies de cette adresse, ou d’autoriser les sessions sans cookies pour cette connexion.
foreign-form-title = Cela ne venait pas de notre page
foreign-form-text = Rien n’a été modifié, car la demande ne venait pas d’une page de cette session.
foreign-form-step-1 = Revenez en arrière, rechargez la page et réessayez.

error-not-found-title = Introuvable
error-not-found-text = Il n’y a rien à cette adresse.
error-sign-in-text = Veuillez d’abord vous connecter.
error-denied-title = Non autorisé
error-denied-text = Votre rôle ne le permet pas.
error-refused-title = Ce n’était pas possible
error-budget-text = Il reste trop peu dans le budget { $code }.
error-state-text = État actuel ({ $what }) : { $state } ; rien n’a été modifié.
error-nothing-text = Rien pour l’instant ({ $what }).
error-exists-text = Il existe déjà une { $what } { $number } avec un autre contenu. Rien n’a été changé.
error-conflict-text = Quelqu’un a modifié cela entre-temps. Rechargez la page et réessayez.
error-unavailable-title = Impossible pour le moment
error-unavailable-text = Le système ne peut pas prendre cela en charge maintenant. Rien n’est perdu ; veuillez réessayer dans un instant.
request-unreadable = Cette requête est illisible : elle doit commencer par une ligne avec méthode, adresse et HTTP/1.1, suivie des en-têtes. Rien n’a été fait.
request-too-long = L’adresse ou l’en-tête de cette requête est trop long. Rien n’a été fait.
error-too-many-text = Trop de tentatives. Veuillez réessayer dans { $seconds } secondes.
error-internal-title = Un problème est survenu
error-internal-text = L’erreur est de notre côté, et rien n’a été fait à moitié. Veuillez donner la référence à votre interlocuteur.
what-basket = panier
state-open = ouvert
state-returned = déjà transmis
state-cancelled = annulé

sign-in = Se connecter
sign-out = Se déconnecter
sign-in-failed = La connexion n’a pas abouti
sign-in-wrong = Le nom et le mot de passe ne correspondent pas.
sign-in-name = Identifiant
password = Mot de passe
sign-in-hint = Vous venez d’un système d’achat ? Ouvrez le catalogue depuis celui-ci ; vous n’avez pas besoin de vous connecter ici.

connections = Connexions
connections-about = Les systèmes d’achat qui ouvrent le catalogue, et s’ils y parviennent.
connections-none = Pas encore de connexions
connections-none-hint = Créez la première ici, ou avec un fichier de configuration : hookline apply.
connection-new = Nouvelle connexion
connection-make = Créer la connexion
connection = Connexion
system = Système
condition = État
condition-off = Désactivée
condition-waiting = En attente
condition-waiting-reason = Aucun appel pour l’instant. Reportez la fiche de configuration dans le système d’achat et ouvrez le catalogue depuis celui-ci.
condition-good = En ordre
condition-refused = Refusée
reason = Raison
crumbs = Où vous êtes
virtual-erp = Système d’achat simulé
evidence = Traces
sheet-title = Ce qu’il faut saisir dans { $system }
sheet-caption = Quoi saisir et où
sheet-address = Adresse du catalogue
sheet-user = Utilisateur
sheet-password = Mot de passe
sheet-password-value = comme convenu ; il n’est plus affiché
sheet-return = Adresse de retour
sheet-return-value = votre système la remplit lui-même
sheet-charset = Jeu de caractères
sheet-version = Version
sheet-then = Ouvrez ensuite le catalogue depuis votre système : cette page passe au vert au premier appel.
sheet-generic = Saisissez l’adresse comme URL du catalogue et les paramètres comme valeurs fixes ; envoyez-les par POST.
sheet-sap-srm = Dans SPRO, Supplier Relationship Management, Define External Web Services : saisissez les paramètres dans cet ordre, de type « fixed value » et, pour l’adresse de retour, « return URL ».
sheet-sap-ecc-gui = Dans SPRO, Materials Management, Purchasing, Environment Data, Web Services : saisissez les paramètres dans cet ordre. Le catalogue s’ouvre dans SAP GUI et revient par SAPEVENT.
sheet-s4hana = Dans l’application « Manage Web Services », ajoutez un catalogue de type OCI 4.0 et saisissez les paramètres dans cet ordre ; cochez le contrôle des prix si vous voulez VALIDATE.
sheet-sap-internal-units = Comme pour SAP SRM ; les unités reviennent sous leur forme interne à SAP.
sheet-afas = Dans Profit, Inkoop, Leverancier, OCI-koppeling : saisissez l’adresse et l’utilisateur ; associez les champs libres 16 à 20 aux codes que vous voulez recevoir.
sheet-ultimo = Dans Ultimo, Punchout suppliers : choisissez OCI, méthode POST, et saisissez l’adresse et les paramètres.
sheet-ifs = Dans IFS Cloud, Punchout catalogue : saisissez l’adresse avec ses paramètres ; IFS ajoute lui-même l’adresse de retour et OCICANCEL.
sheet-basware = Dans Basware, catalogues externes : choisissez OCI avec champs HTML, méthode POST, et saisissez les paramètres.
sheet-odoo = Dans Odoo, le module punchout : choisissez OCI, saisissez l’adresse et les paramètres ; l’adresse de retour contient un jeton qui ne sert qu’une fois.
sheet-get-return = Comme pour OCI 4.0 ; le panier revient par GET.
sheet-zero-based = Comme pour OCI 4.0 ; les lignes sont comptées à partir de 0.
sheet-unite = Comme pour OCI 4.0 ; les champs contiennent au plus 255 caractères.
copied = Copié
copy = Copier
latest = Derniers événements
evidence-all = Tous les événements
settings = Réglages
settings-change = Modifier les réglages
settings-about = Ce qui reste vide est comme le système d’achat l’a d’habitude. Chaque modification est gardée dans les événements, avec votre nom.
settings-system = Le système d’achat
settings-return = Où va le panier
settings-fields = Comment les champs sont remplis
settings-limits = Limites
settings-show-preset = Afficher les valeurs habituelles de ce système
settings-save = Enregistrer les réglages
settings-leave = Quitter sans enregistrer
settings-conflict = Quelqu’un d’autre a modifié cette connexion entre-temps. Votre saisie est encore ici ; rien n’a été enregistré.
settings-reload = Afficher ce qui s’y trouve maintenant
settings-changes = Ce qui a changé
settings-as-text = Réglages sous forme de texte
settings-as-fields = Réglages sous forme de champs
settings-text-about = Comme dans un fichier de configuration de hookline apply. Chaque réglage peut s’écrire ici ; les erreurs sont citées avec leur ligne.
settings-text-label = La connexion, en TOML
setting-as-preset = { $value } (comme { $system })
setting-usual = { $system } : { $value }
choice-allowed = permis
choice-refused = refusé
setting-name = Nom dans l’adresse
setting-name-hint = Lettres, chiffres, point, tiret ; ne peut plus être changé ensuite.
setting-buyer = Organisation acheteuse
setting-buyer-hint = À qui est ce système d’achat.
setting-catalogue = Catalogue
setting-catalogue-hint = Ce qui s’ouvre, avec ses prix.
setting-preset = Système
setting-preset-hint = Ses habitudes sont le point de départ ; chaque champ ci-dessous peut différer.
setting-language = Langue
setting-language-hint = Quand l’appel n’en indique pas.
setting-active = En service
setting-active-hint = Hors service, l’adresse refuse tout le monde.
setting-organisation-required = L’organisation doit correspondre
setting-organisation-required-hint = Même si l’appel n’en indique pas.
setting-return-origins-hint = Une par ligne : https://hôte, https://hôte:port, ou https://*.hôte pour tous les hôtes en dessous. Sans elle, rien ne revient.
setting-return-redirect-origins = Redirections après le retour
setting-return-redirect-origins-hint = Où votre système mène après avoir pris le panier ; les navigateurs les vérifient aussi.
setting-frame-origins-hint = Une par ligne. Vide : le catalogue ne s’ouvre dans aucun cadre.
setting-return-method = Panier envoyé par
setting-return-method-hint = POST, sauf si votre système l’indique autrement.
setting-default-target = Cadre cible
setting-default-target-hint = Si l’appel n’en indique pas : _top, _parent, _self, _blank ou un nom.
setting-default-return-charset = Jeu de caractères
setting-default-return-charset-hint = utf-8, iso-8859-1, windows-1252 ou us-ascii.
setting-allow-http-return = Retour sans TLS
setting-allow-http-return-hint = Les navigateurs avertissent avant d’envoyer vers http.
setting-allow-sapgui = Retour dans SAP GUI
setting-allow-sapgui-hint = SAPEVENT: comme adresse de retour.
setting-field-mapping = Affectation des champs
setting-field-mapping-hint = Une par ligne : NEW_ITEM-CUST_FIELD1 = line.cost_centre. Avec une limite : NEW_ITEM-CUST_FIELD1 (10) = line.cost_centre. Sources : line, basket, article, user, callup, const:texte.
setting-fixed-fields = Champs fixes
setting-fixed-fields-hint = Un par ligne : NOM = valeur. Envoyés tels quels avec chaque panier.
setting-unit-table = Unités
setting-unit-table-hint = Une par ligne : notre unité = la vôtre (PCE = ST). Elles s’ajoutent à celles du système.
setting-number-style = Les nombres s’écrivent
setting-number-style-hint = Quantités et prix du retour.
setting-start-index-hint = 1 ; quelques systèmes comptent à partir de 0.
setting-send-empty-optional-fields = Envoyer les champs vides
setting-send-empty-optional-fields-hint = Sinon ils sont omis.
setting-matnr-excludes-description = Pas de description avec MATNR
setting-matnr-excludes-description-hint = Sur les lignes avec votre numéro d’article.
setting-receiver-ignores-priceunit = Le système ne lit pas l’unité de prix
setting-receiver-ignores-priceunit-hint = Les prix sont alors à l’unité, parfois arrondis.
setting-zero-price = Prix nul
setting-zero-price-hint = Si une telle ligne peut être rendue.
setting-whole-quantities-only = Quantités entières seulement
setting-whole-quantities-only-hint = Pour les systèmes sans décimales.
setting-idle-minutes = Minutes de conservation d’une session
setting-idle-minutes-hint = 1 à 480 ; elle se termine après huit heures.
setting-search-limit = Résultats maximum d’une recherche
setting-search-limit-hint = Pour BACKGROUND_SEARCH, 1 à 1000.
setting-session-key-in-path = Sessions sans cookies
setting-session-key-in-path-hint = Par la clé dans l’adresse.
setting-background-search-submits = La réponse de recherche s’envoie seule
setting-background-search-submits-hint = Sans bouton, pour BACKGROUND_SEARCH.
setting-return-origins = Adresses de retour
setting-frame-origins = Affiché dans un cadre de
setting-start-index = Numéro de la première ligne
yes = Oui
no = Non
evidence-none = Pas encore d’événements
evidence-none-hint = Chaque appel et chaque retour figurera ici.
evidence-about = Chaque appel et chaque retour, tel que reçu et tel qu’envoyé. Les secrets sont remplacés.
time = Heure
kind = Type
outcome = Résultat
user = Utilisateur
method = Méthode
test = essai
older = Plus anciens
accept-origin = Accepter { $origin } comme adresse de retour
accept-title = Accepter cette adresse de retour ?
accept-step-1 = Dès maintenant, chaque panier de cette connexion pourra y être envoyé, avec ses prix, codes et remarques.
accept-step-2 = Ne l’acceptez que si c’est votre propre système d’achat, lettre par lettre.
accept-step-3 = Votre décision est gardée dans les événements avec votre nom ; vous pouvez la retirer dans les réglages.
accept-yes = Oui, accepter { $origin }
accept-no = Non, revenir
notes = Remarques
received = Tel que reçu
sent = Tel qu’envoyé
evidence-call-up = Appel
evidence-function = Fonction
evidence-return = Retour
evidence-repeat = Répétition
evidence-cancel = Annulé
evidence-settings = Réglages
outcome-shopping-session = Session ouverte
outcome-form = Formulaire renvoyé
outcome-return-form = Panier transmis
outcome-transfer-refused = Panier refusé
outcome-cancelled = Sans articles
outcome-not-found = Introuvable
outcome-login-refused = Non reconnu
outcome-too-many-failures = Trop d’échecs
outcome-callup-refused = Refusé
outcome-too-large = Trop grand
outcome-validate = Prix vérifiés
outcome-background-search = Recherche faite
outcome-downloadjson = Catalogue téléchargé
outcome-quantitycheck = Stock vérifié
outcome-settings-made = Connexion créée
outcome-settings-changed = Réglages modifiés
reason-login-refused = le nom ou le mot de passe ne convient pas
reason-too-many-failures = dix échecs en dix minutes depuis cette adresse
reason-host-not-allowed = l’adresse de retour n’est pas dans la liste de cette connexion
reason-scheme = l’adresse de retour ne commence pas par ce que cette connexion autorise
reason-userinfo = l’adresse de retour contient un nom ou un mot de passe
reason-not-absolute = l’adresse de retour n’est pas complète
reason-control-char = l’adresse de retour contient des espaces, des caractères de contrôle ou des barres obliques inverses
reason-too-long = l’adresse de retour dépasse 4096 caractères
reason-return-url-missing = l’adresse de retour manque
reason-conflicting-parameter = deux valeurs différentes pour la même chose
reason-too-large = des paramètres plus nombreux ou plus grands que permis
reason-article-unknown = l’article n’est pas au catalogue
virtual-erp-about = Joue un aller-retour complet pour cette connexion et lit le panier comme le ferait le système d’achat.
profile = Système d’achat
virtual-erp-run = Jouer l’aller-retour
virtual-erp-failed = L’aller-retour n’a pas pu être joué
virtual-erp-checks = Ce qu’en dit le système d’achat
virtual-erp-ok = Tout peut être comptabilisé.

state-placed = passée
state-confirmed = confirmée
state-shipped = expédiée
state-invoiced = facturée
what-order = commande
orders = Commandes
orders-none = Pas encore de commandes
orders-none-hint = Les commandes approuvées apparaissent ici dès leur arrivée.
order-number = Commande
order-title = Commande { $number }
order-lines = Lignes de la commande
line = Ligne
supplier = Fournisseur
buyer = Client
placed-at = Passée le
desk = Bureau des commandes
line-shipped = { $quantity } expédié
line-refused = { $quantity } non livrable
line-open = { $quantity } en attente
do-confirm = Confirmer
do-ship = Expédier tout ce qui est en attente
do-invoice = Envoyer la facture
cannot-deliver = Non livrable
cannot-deliver-hint = Ce qui reste en attente des lignes choisies est supprimé ; l’argent est aussitôt libéré et le client reçoit un courriel.
cannot-deliver-reason = Raison, pour le client
cannot-deliver-button = Supprimer les lignes choisies et libérer leur argent
timeline = Ce qui s’est passé
documents = Documents
event-order-placed = Commande passée et réservée
event-order-confirmed = Confirmée par le fournisseur
event-order-shipped = Expédiée
event-lines-cannot-be-delivered = Lignes non livrables, argent de nouveau libre
event-invoice-issued = Facture émise
budgets = Budgets
budgets-none = Pas encore de budgets
budgets-none-hint = Les budgets viennent d’un fichier de configuration : hookline apply.
budget = Budget
distribution = Répartition
place-expended = Comptabilisé
place-delivered = Livré, non facturé
place-committed = Engagé
place-available = Disponible
funded = Montant du budget
advisory = à titre indicatif

mail-order-subject = Nouvelle commande { $number }
mail-order-text = Une nouvelle commande est arrivée sous le numéro { $number }. Ses lignes :
mail-shipped-subject = La commande { $number } est en route
mail-shipped-text = Votre commande { $number } a été expédiée. Ses lignes :
mail-cannot-deliver-subject = Commande { $number } : tout ne peut pas être livré
mail-cannot-deliver-text = Des lignes de votre commande { $number } ne peuvent pas être livrées ; l’argent réservé pour elles est de nouveau libre. Les lignes :
mail-invoice-subject = Facture de la commande { $number }
mail-invoice-text = La facture de votre commande { $number } vous attend sur le portail. Ses lignes :
mail-line-refused = ({ $quantity } non livrable)

erp-title = Système d’achat simulé
erp-portal = Portail de hookline
erp-start = Jouez l’acheteur
erp-about = Ouvrez le catalogue, remplissez un panier, transmettez-le et approuvez-le ici ; jouez ensuite le fournisseur.
erp-open = Ouvrir le catalogue en tant que { $buyer }
erp-window = La fenêtre du système d’achat
erp-steps = Le parcours
erp-step-1 = Ouvrez le catalogue avec l’un des boutons ; l’appel vous connecte.
erp-step-2 = Cherchez, regardez et mettez des articles dans le panier.
erp-step-3 = Donnez au panier son imputation et transmettez-le.
erp-step-4 = Approuvez-le ici : la commande part avec son numéro et le budget engage l’argent.
erp-step-5 = Jouez le fournisseur : confirmez, expédiez, facturez ; la facture est rapprochée ici par le numéro de commande.
erp-requisitions = Paniers revenus
erp-people = Personnes de la démonstration
erp-people-hint = Connectez-vous au portail avec l’un de ces noms et le mot de passe { $password }.
erp-requisition = Demande d’achat { $id }
erp-again = Un autre panier
erp-invoice = Facture (UBL)
erp-empty-title = Le catalogue s’ouvre ici
erp-empty-text = Choisissez l’un des clients ci-dessus.
erp-nothing = L’acheteur est revenu sans articles.
erp-to-approve = à approuver
erp-approve = Approuver et commander
erp-confirm = En tant que fournisseur : confirmer
erp-ship = En tant que fournisseur : expédier
erp-send-invoice = En tant que fournisseur : envoyer la facture
erp-ordered = La commande { $number } a été passée et réservée sur son budget.
erp-matched = La facture { $invoice } correspond ligne par ligne à la commande { $number }.
erp-not-matched = La facture { $invoice } ne correspond pas à la commande { $number }.
erp-matched-word = correspond
erp-not-matched-word = ne correspond pas

credentials = Identifiants de connexion
credentials-hint = Plusieurs peuvent être valables en même temps : créez un nouveau secret, saisissez-le dans le système d’achat, puis mettez fin à l’ancien.
credential-password = mot de passe
credential-secret = secret généré
credential-token = jeton
credential-end = Mettre fin
secret-new = Créer un nouveau secret
secret-once = Ce secret n’est affiché que maintenant. Saisissez-le dans le système d’achat comme mot de passe.
replay = Rejouer dans une session d’essai

webhook = Commandes vers votre propre système
webhook-hint = Chaque commande est envoyée ici en JSON. Vérifiez la signature selon Standard Webhooks avec ce secret.
webhook-secret = Secret de signature
