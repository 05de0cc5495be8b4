//! The data of `hookline demo`: one supplier, three buyers, 2,000 articles, as the text of an apply file. Made from tables, the
//! same text every time for the same address. Everybody in it is invented; nothing here may be a real person, number or account.

use std::fmt::{Arguments, Write};

/// Articles in the main catalogue.
#[cfg(test)]
const ARTICLES: usize = 2_000;
/// Articles of each group.
const GROUP_ARTICLES: usize = 50;

/// What every purchasing system of the demo signs in with.
pub const ERP_USER: &str = "inkoop";
pub const ERP_PASSWORD: &str = "demo-inkoop-2026";
/// What every person of the demo signs in with.
pub const PERSON_PASSWORD: &str = "demo-wachtwoord-2026";

/// The whole set-up. `public_url` is the address people use; the virtual ERP lives there, so baskets may return to it.
pub fn setup(public_url: &str) -> String {
    let mut file = File(String::with_capacity(3 << 20));
    file.line(format_args!("# The data of the demo. Everybody in it is invented.\n"));
    organisations(&mut file);
    catalogues(&mut file);
    connections(&mut file, public_url);
    people(&mut file);
    lists(&mut file);
    defaults(&mut file);
    prices(&mut file);
    articles(&mut file);
    file.0
}

/// TOML text in the making.
struct File(String);

impl File {
    fn line(&mut self, line: Arguments<'_>) {
        writeln!(self.0, "{line}").expect("writing to memory does not fail");
    }

    fn entry(&mut self, kind: &str) {
        self.line(format_args!("\n[[{kind}]]"));
    }

    fn text(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.line(format_args!("{key} = {}", quoted(value)));
        }
    }

    fn texts(&mut self, pairs: &[(&str, &str)]) {
        for (key, value) in pairs {
            self.text(key, value);
        }
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn decimal(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

// --- who ------------------------------------------------------------------------------------------------------------

const SUPPLIER: &str = "groothandel";

/// Keys and values of an organisation; check digits of numbers and accounts are right, so that invoices pass.
type Fields = &'static [(&'static str, &'static str)];

const SUPPLIER_FIELDS: Fields = &[
    ("id", SUPPLIER),
    ("name", "Groothandel De Linde B.V."),
    ("language", "nl"),
    ("currency", "EUR"),
    ("mail", "orders@groothandel.example"),
    ("street", "Handelskade 12"),
    ("city", "Utrecht"),
    ("postcode", "3531 AB"),
    ("country", "NL"),
    ("vat_number", "NL824716930B01"),
    ("company_id", "68712345"),
    ("endpoint_scheme", "0106"),
    ("endpoint", "68712345"),
    ("iban", "NL94HKLN0123456789"),
];

/// A buyer with its purchasing system.
struct Buyer {
    id: &'static str,
    fields: Fields,
    connection: &'static str,
    catalogue_name: &'static str,
    /// A believable origin of the purchasing system itself.
    erp: &'static str,
    preset: &'static str,
    language: &'static str,
    /// Field of the return, where its value comes from, the most characters.
    mapping: &'static [(&'static str, &'static str, u32)],
    /// Groups in which this buyer has prices of its own, and how much is taken off, in thousandths.
    own_prices: &'static [&'static str],
    off: u64,
    /// Names of the five people: viewer, orderer, approver, budget holder, administrator.
    people: [&'static str; 5],
    branch: &'static str,
    /// Kind, code, name.
    codes: &'static [(&'static str, &'static str, &'static str)],
    /// Code, name, amount; each is also a budget code to choose.
    budgets: &'static [(&'static str, &'static str, &'static str)],
    /// Key and whose (`user`, `branch`, or neither), with the coding that a session opens with.
    defaults: &'static [(&'static str, &'static str, Fields)],
    budget_mode: &'static str,
}

const BUYERS: [Buyer; 3] = [
    Buyer {
        id: "ziekenhuis",
        fields: &[
            ("name", "Ziekenhuis Zilverlinde"),
            ("language", "nl"),
            ("currency", "EUR"),
            ("mail", "inkoop@ziekenhuis.example"),
            ("street", "Lindelaan 1"),
            ("city", "Amersfoort"),
            ("postcode", "3813 TZ"),
            ("country", "NL"),
            ("vat_number", "NL813602713B01"),
            ("company_id", "41098765"),
            ("endpoint_scheme", "0106"),
            ("endpoint", "41098765"),
        ],
        connection: "ziekenhuis-sap",
        catalogue_name: "Assortiment Zilverlinde",
        erp: "https://srm.ziekenhuis.example",
        preset: "sap-srm",
        language: "nl",
        mapping: &[
            ("NEW_ITEM-CUST_FIELD1", "line.cost_centre", 10),
            ("NEW_ITEM-CUST_FIELD2", "line.gl_account", 10),
            ("NEW_ITEM-CUST_FIELD4", "line.budget_code", 20),
            ("NEW_ITEM-CUST_FIELD5", "line.nzi_code", 50),
            ("NEW_ITEM-MATGROUP", "article.unspsc", 10),
        ],
        own_prices: &["HND", "SPT", "MND", "DES", "GAA", "ZWA", "DIA", "MOB", "BED", "KLE", "INF", "PEN", "PAP", "MAP", "REI", "HDK"],
        off: 110,
        people: ["Noor Bakker", "Ruben de Wit", "Samira El Idrissi", "Hanneke Post", "Joost Meijer"],
        branch: "",
        codes: &[
            ("cost_centre", "4310", "Spoedeisende hulp"),
            ("cost_centre", "4320", "Operatiekamers"),
            ("cost_centre", "4330", "Verpleegafdeling Noord"),
            ("cost_centre", "4340", "Verpleegafdeling Zuid"),
            ("cost_centre", "4350", "Polikliniek"),
            ("cost_centre", "4360", "Laboratorium"),
            ("cost_centre", "4710", "Keuken en gastvrijheid"),
            ("cost_centre", "4720", "Schoonmaak en linnen"),
            ("cost_centre", "4810", "Bestuur en staf"),
            ("nzi_code", "045210", "Verband- en hechtmiddelen"),
            ("nzi_code", "045220", "Spuiten, naalden en infusie"),
            ("nzi_code", "045230", "Handschoenen en bescherming"),
            ("nzi_code", "045290", "Overige patiëntgebonden kosten"),
            ("nzi_code", "043110", "Linnen en dienstkleding"),
            ("nzi_code", "043120", "Schoonmaakmiddelen"),
            ("nzi_code", "042310", "Voeding en dranken"),
            ("nzi_code", "044110", "Kantoorbenodigdheden"),
            ("nzi_code", "044150", "Inventaris onder de grens"),
            ("gl_account", "452100", "Medische verbruiksgoederen"),
            ("gl_account", "431000", "Hotelmatige kosten"),
            ("gl_account", "441000", "Kantoor- en drukwerkkosten"),
            ("gl_account", "461000", "Onderhoud en klein materieel"),
        ],
        budgets: &[
            ("verpleging", "Verbruik verpleegafdelingen", "85000.00"),
            ("ok", "Verbruik operatiekamers", "120000.00"),
            ("facilitair", "Facilitair bedrijf", "42500.00"),
            ("kantoor", "Kantoor en staf", "9000.00"),
        ],
        defaults: &[
            ("", "", &[("gl_account", "452100")]),
            ("user", "besteller@ziekenhuis.example", &[("cost_centre", "4330"), ("budget_code", "verpleging")]),
            ("user", "inkoop", &[("cost_centre", "4340"), ("budget_code", "verpleging")]),
        ],
        budget_mode: "authoritative",
    },
    Buyer {
        id: "bibliotheek",
        fields: &[
            ("name", "Bibliotheek Waterrijk"),
            ("language", "nl"),
            ("currency", "EUR"),
            ("mail", "collectie@bibliotheek.example"),
            ("street", "Leeszaalplein 8"),
            ("city", "Leeuwarden"),
            ("postcode", "8911 KX"),
            ("country", "NL"),
            ("vat_number", "NL805274169B01"),
            ("company_id", "41054321"),
            ("endpoint_scheme", "0106"),
            ("endpoint", "41054321"),
        ],
        connection: "bibliotheek-afas",
        catalogue_name: "Assortiment Waterrijk",
        erp: "https://12345.afasinsite.example",
        preset: "afas",
        language: "nl",
        mapping: &[
            ("NEW_ITEM-CUST_FIELD16", "line.budget_code", 40),
            ("NEW_ITEM-CUST_FIELD17", "line.branch", 40),
            ("NEW_ITEM-CUST_FIELD18", "line.cost_centre", 40),
            ("NEW_ITEM-CUST_FIELD19", "line.note", 255),
        ],
        own_prices: &["ROM", "JEU", "STR", "FLM", "ETI", "TRO", "KOF", "PEN"],
        off: 80,
        people: ["Femke Hoekstra", "Daan Visser", "Anouk Jansma", "Wietske Dijkstra", "Bram Postma"],
        branch: "noord",
        codes: &[
            ("branch", "centrum", "Vestiging Centrum"),
            ("branch", "noord", "Vestiging Noord"),
            ("branch", "haven", "Vestiging Haven"),
            ("branch", "school", "Bibliotheek op school"),
            ("branch", "bus", "Bibliobus"),
            ("cost_centre", "100", "Collectie"),
            ("cost_centre", "200", "Programma en activiteiten"),
            ("cost_centre", "300", "Huisvesting en inrichting"),
        ],
        budgets: &[
            ("fictie", "Fictie volwassenen 2026", "18500.00"),
            ("strips", "Strips 2026", "4200.00"),
            ("jeugd", "Jeugd 2026", "15750.00"),
            ("media", "Film en media 2026", "3600.00"),
            ("verwerking", "Uitleenklaar maken 2026", "5000.00"),
            ("inrichting", "Inrichting vestigingen 2026", "12000.00"),
        ],
        defaults: &[
            ("", "", &[("cost_centre", "100")]),
            ("user", "inkoop", &[("branch", "centrum")]),
            ("branch", "centrum", &[("budget_code", "fictie")]),
            ("branch", "noord", &[("budget_code", "jeugd")]),
            ("branch", "school", &[("budget_code", "jeugd")]),
        ],
        budget_mode: "authoritative",
    },
    Buyer {
        id: "firma",
        fields: &[
            ("name", "Brandt & Söhne Maschinenbau GmbH"),
            ("language", "de"),
            ("currency", "EUR"),
            ("mail", "einkauf@firma.example"),
            ("street", "Gießereistraße 7"),
            ("city", "Düsseldorf"),
            ("postcode", "40221"),
            ("country", "DE"),
            ("vat_number", "DE812746359"),
            ("company_id", "HRB 98765"),
            ("endpoint_scheme", "9930"),
            ("endpoint", "DE812746359"),
        ],
        connection: "firma-odoo",
        catalogue_name: "Sortiment Brandt & Söhne",
        erp: "https://odoo.firma.example",
        preset: "odoo",
        language: "de",
        mapping: &[
            ("NEW_ITEM-CUST_FIELD1", "line.cost_centre", 10),
            ("NEW_ITEM-CUST_FIELD2", "line.gl_account", 10),
            ("NEW_ITEM-CUST_FIELD3", "line.project", 10),
            ("NEW_ITEM-CUST_FIELD4", "line.budget_code", 20),
        ],
        own_prices: &["KAB", "BOU", "WEE", "BOO", "VEI", "REI", "TOE", "STO"],
        off: 95,
        people: ["Lena Vogt", "Jonas Richter", "Katrin Schäfer", "Uwe Brandt", "Miriam Köhler"],
        branch: "",
        codes: &[
            ("cost_centre", "K-100", "Werkstatt"),
            ("cost_centre", "K-200", "Montage"),
            ("cost_centre", "K-300", "Elektrotechnik"),
            ("cost_centre", "K-400", "Lager"),
            ("cost_centre", "K-900", "Verwaltung"),
            ("gl_account", "4980", "Betriebsbedarf"),
            ("gl_account", "4985", "Werkzeuge und Kleingeräte"),
            ("gl_account", "4930", "Bürobedarf"),
            ("project", "P-2601", "Presse Linie 4"),
            ("project", "P-2602", "Umbau Halle 2"),
            ("project", "P-2603", "Prüfstand"),
        ],
        budgets: &[
            ("werkstatt", "Werkstatt 2026", "30000.00"),
            ("elektro", "Elektrotechnik 2026", "22000.00"),
            ("arbeitsschutz", "Arbeitsschutz 2026", "8000.00"),
            ("buero", "Büro und Verwaltung 2026", "6500.00"),
        ],
        defaults: &[],
        budget_mode: "advisory",
    },
];

/// Role of a person and the name before the `@`; the same for every buyer.
const BUYER_ROLES: [(&str, &str); 5] =
    [("viewer", "kijker"), ("orderer", "besteller"), ("approver", "fiatteur"), ("budget_holder", "budget"), ("buyer_administrator", "beheer")];

fn organisations(file: &mut File) {
    file.entry("supplier");
    file.texts(SUPPLIER_FIELDS);
    for buyer in &BUYERS {
        file.entry("buyer");
        file.text("id", buyer.id);
        file.texts(buyer.fields);
    }
}

fn catalogues(file: &mut File) {
    file.entry("catalogue");
    file.texts(&[("id", MAIN), ("supplier", SUPPLIER), ("name", "De Linde")]);
    for buyer in &BUYERS {
        file.entry("catalogue");
        file.texts(&[("id", buyer.id), ("supplier", SUPPLIER), ("base", MAIN), ("name", buyer.catalogue_name)]);
    }
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    &url[..end]
}

fn connections(file: &mut File, public_url: &str) {
    let http = public_url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
    for buyer in &BUYERS {
        file.entry("connection");
        file.texts(&[
            ("name", buyer.connection),
            ("buyer", buyer.id),
            ("catalogue", buyer.id),
            ("preset", buyer.preset),
            ("language", buyer.language),
        ]);
        let origins = format!("[{}, {}]", quoted(origin(public_url)), quoted(buyer.erp));
        file.line(format_args!("allow_http_return = {http}\nreturn_origins = {origins}\nframe_origins = {origins}"));
        let mappings: Vec<String> =
            buyer.mapping.iter().map(|(field, from, max)| format!("{} = {{ from = {}, max = {max} }}", quoted(field), quoted(from))).collect();
        file.line(format_args!("field_mapping = {{ {} }}", mappings.join(", ")));
        file.entry("credential");
        file.texts(&[("connection", buyer.connection), ("user", ERP_USER), ("password", ERP_PASSWORD), ("note", "demo")]);
    }
}

struct Someone<'a> {
    mail: &'a str,
    name: &'a str,
    language: &'a str,
    place: (&'a str, &'a str),
    role: &'a str,
}

fn person(file: &mut File, someone: &Someone<'_>) {
    file.entry("person");
    file.texts(&[
        ("sign_in", someone.mail),
        ("password", PERSON_PASSWORD),
        ("name", someone.name),
        ("mail", someone.mail),
        ("language", someone.language),
        someone.place,
    ]);
    file.line(format_args!("roles = [{}]", quoted(someone.role)));
}

fn people(file: &mut File) {
    for buyer in &BUYERS {
        for ((role, local), name) in BUYER_ROLES.into_iter().zip(buyer.people) {
            let mail = format!("{local}@{}.example", buyer.id);
            person(file, &Someone { mail: &mail, name, language: buyer.language, place: ("buyer", buyer.id), role });
            if role == "orderer" {
                file.text("branch", buyer.branch);
            }
        }
    }
    for (role, local, name) in [("supplier_desk", "orders", "Pim van Dalen"), ("supplier_finance", "administratie", "Ellen Kuipers")] {
        let mail = format!("{local}@groothandel.example");
        person(file, &Someone { mail: &mail, name, language: "nl", place: ("supplier", SUPPLIER), role });
    }
    person(file, &Someone { mail: "operator@hookline.example", name: "Operator", language: "en", place: ("", ""), role: "operator" });
    file.line(format_args!("operator = true"));
}

fn lists(file: &mut File) {
    for buyer in &BUYERS {
        let budget_codes = buyer.budgets.iter().map(|(code, name, _)| ("budget_code", *code, *name));
        for (kind, code, name) in buyer.codes.iter().copied().chain(budget_codes) {
            file.entry("code");
            file.texts(&[("buyer", buyer.id), ("kind", kind), ("code", code), ("name", name)]);
        }
        for (code, name, amount) in buyer.budgets {
            file.entry("budget");
            file.texts(&[("buyer", buyer.id), ("code", code), ("name", name), ("amount", amount), ("mode", buyer.budget_mode)]);
        }
    }
}

fn defaults(file: &mut File) {
    for buyer in &BUYERS {
        for (key, who, coding) in buyer.defaults {
            file.entry("default_coding");
            file.text("buyer", buyer.id);
            file.text(key, who);
            let pairs: Vec<String> = coding.iter().map(|(kind, value)| format!("{kind} = {}", quoted(value))).collect();
            file.line(format_args!("coding = {{ {} }}", pairs.join(", ")));
        }
    }
}

// --- what -----------------------------------------------------------------------------------------------------------

const MAIN: &str = "main";

/// Dutch, English, French, German.
type Words = [&'static str; 4];
const LANGUAGES: Words = ["nl", "en", "fr", "de"];
const BRAND_WORD: Words = ["Merk", "Brand", "Marque", "Marke"];

/// One value of a size, colour, title …: its words, what it does to the price in thousandths, and its colour in pictures.
struct Value {
    words: Words,
    factor: u64,
    ink: Option<usize>,
}

const fn value(words: Words, factor: u64) -> Value {
    Value { words, factor, ink: None }
}

/// The same in every language.
const fn same(word: &'static str, factor: u64) -> Value {
    value([word, word, word, word], factor)
}

const fn coloured(words: Words, ink: usize) -> Value {
    Value { words, factor: 1000, ink: Some(ink) }
}

/// A sort of article in a group, with the price of its plainest variant in cents.
struct Sort {
    words: Words,
    cents: u64,
}

const fn sort(words: Words, cents: u64) -> Sort {
    Sort { words, cents }
}

/// What is sold with an article.
#[derive(Clone, Copy, PartialEq)]
enum Extra {
    Nothing,
    /// Shelf-ready processing, with a spine label.
    ShelfReady,
    /// A card with a text, and the sender's logo.
    GiftCard,
}

/// Which words a description begins with.
#[derive(Clone, Copy, PartialEq)]
enum First {
    Sort,
    Value,
}

/// A product group: sorts × values × values, of which the first [`GROUP_ARTICLES`] are sold.
struct Group {
    code: &'static str,
    name: &'static str,
    motif: &'static str,
    unspsc: &'static str,
    brand: &'static str,
    unit: &'static str,
    /// The price is for this many units.
    per: u32,
    step: &'static str,
    vat: u32,
    lead_days: u32,
    extra: Extra,
    first: First,
    sorts: &'static [Sort],
    /// Colours of the sorts in pictures, where one is believable; else they follow from the group.
    inks: &'static [usize],
    values: [&'static [Value]; 2],
    about: Words,
}

const fn group(code: &'static str, name: &'static str, motif: &'static str, unspsc: &'static str, brand: &'static str) -> Group {
    Group {
        code,
        name,
        motif,
        unspsc,
        brand,
        unit: "PCE",
        per: 1,
        step: "",
        vat: 21,
        lead_days: 2,
        extra: Extra::Nothing,
        first: First::Sort,
        sorts: &[],
        inks: &[],
        values: [&[], ONLY],
        about: ["", "", "", ""],
    }
}

/// No second value.
const ONLY: &[Value] = &[same("", 1000)];

#[rustfmt::skip]
const COLOURS: &[Value] = &[
    coloured(["blauw", "blue", "bleu", "blau"], 7), coloured(["zwart", "black", "noir", "schwarz"], 13), coloured(["rood", "red", "rouge", "rot"], 0),
    coloured(["groen", "green", "vert", "grün"], 4), coloured(["geel", "yellow", "jaune", "gelb"], 2), coloured(["oranje", "orange", "orange", "orange"], 1),
    coloured(["paars", "purple", "violet", "lila"], 9), coloured(["roze", "pink", "rose", "rosa"], 11), coloured(["turkoois", "turquoise", "turquoise", "türkis"], 5),
    coloured(["grijs", "grey", "gris", "grau"], 12),
];
#[rustfmt::skip]
const CALM_COLOURS: &[Value] = &[
    coloured(["blauw", "blue", "bleu", "blau"], 7), coloured(["wit", "white", "blanc", "weiß"], 15), coloured(["groen", "green", "vert", "grün"], 4),
    coloured(["roze", "pink", "rose", "rosa"], 11), coloured(["zwart", "black", "noir", "schwarz"], 13),
];
#[rustfmt::skip]
const TWO_COLOURS: &[Value] = &[coloured(["zwart", "black", "noir", "schwarz"], 13), coloured(["wit", "white", "blanc", "weiß"], 15)];
#[rustfmt::skip]
const SIZES: &[Value] = &[
    value(["maat XS", "size XS", "taille XS", "Gr. XS"], 1000), value(["maat S", "size S", "taille S", "Gr. S"], 1000), value(["maat M", "size M", "taille M", "Gr. M"], 1000),
    value(["maat L", "size L", "taille L", "Gr. L"], 1000), value(["maat XL", "size XL", "taille XL", "Gr. XL"], 1050),
];
#[rustfmt::skip]
const SHOE_SIZES: &[Value] = &[
    value(["maat 37", "size 37", "pointure 37", "Gr. 37"], 1000), value(["maat 38", "size 38", "pointure 38", "Gr. 38"], 1000), value(["maat 39", "size 39", "pointure 39", "Gr. 39"], 1000),
    value(["maat 40", "size 40", "pointure 40", "Gr. 40"], 1000), value(["maat 41", "size 41", "pointure 41", "Gr. 41"], 1000), value(["maat 42", "size 42", "pointure 42", "Gr. 42"], 1000),
    value(["maat 43", "size 43", "pointure 43", "Gr. 43"], 1000), value(["maat 44", "size 44", "pointure 44", "Gr. 44"], 1000), value(["maat 45", "size 45", "pointure 45", "Gr. 45"], 1000),
    value(["maat 46", "size 46", "pointure 46", "Gr. 46"], 1040),
];
#[rustfmt::skip]
const BOXES: &[Value] = &[value(["doos 100", "box of 100", "boîte de 100", "100er-Box"], 1000), value(["doos 200", "box of 200", "boîte de 200", "200er-Box"], 1880)];
#[rustfmt::skip]
const SMALL_BOXES: &[Value] = &[value(["doos 20", "box of 20", "boîte de 20", "20er-Box"], 1000), value(["doos 50", "box of 50", "boîte de 50", "50er-Box"], 2300)];
#[rustfmt::skip]
const STERILITY: &[Value] = &[value(["steriel", "sterile", "stérile", "steril"], 1350), value(["niet-steriel", "non-sterile", "non stérile", "unsteril"], 1000)];
const SQUARES: &[Value] =
    &[same("5 × 5 cm", 700), same("7,5 × 7,5 cm", 850), same("10 × 10 cm", 1000), same("10 × 20 cm", 1500), same("20 × 20 cm", 2100)];
const WIDTHS: &[Value] = &[same("4 cm", 700), same("6 cm", 820), same("8 cm", 1000), same("10 cm", 1180), same("12 cm", 1400)];
const LENGTHS: &[Value] = &[same("4 m", 1000), same("5 m", 1220)];
const MILLILITRES: &[Value] = &[same("1 ml", 800), same("2 ml", 850), same("5 ml", 1000), same("10 ml", 1250), same("20 ml", 1700)];
const VOLUMES: &[Value] = &[same("100 ml", 400), same("250 ml", 700), same("500 ml", 1000), same("1 l", 1700), same("5 l", 6200)];
#[rustfmt::skip]
const PUMPS: &[Value] = &[value(["met pomp", "with pump", "avec pompe", "mit Pumpe"], 1150), value(["navulling", "refill", "recharge", "Nachfüllung"], 1000)];
#[rustfmt::skip]
const CASES: &[Value] = &[value(["met etui", "with case", "avec étui", "mit Etui"], 1120), value(["zonder etui", "without case", "sans étui", "ohne Etui"], 1000)];
const SEATS: &[Value] = &[same("38 cm", 1000), same("42 cm", 1000), same("46 cm", 1040), same("50 cm", 1120), same("54 cm", 1200)];
const LINEN: &[Value] =
    &[same("80 × 200 cm", 900), same("90 × 200 cm", 1000), same("90 × 220 cm", 1080), same("140 × 200 cm", 1400), same("160 × 200 cm", 1600)];
const LINEN_COLOURS: &[Value] =
    &[coloured(["wit", "white", "blanc", "weiß"], 15), coloured(["lichtblauw", "light blue", "bleu clair", "hellblau"], 6)];
const TUBES: &[Value] = &[same("150 cm", 900), same("180 cm", 1000), same("200 cm", 1060), same("250 cm", 1200), same("300 cm", 1350)];
#[rustfmt::skip]
const PEN_PACKS: &[Value] = &[value(["per stuk", "single", "à l'unité", "einzeln"], 1000), value(["doos 12", "box of 12", "boîte de 12", "12er-Box"], 10500)];
const PAPER_SIZES: &[Value] = &[same("A5", 620), same("A4", 1000), same("A3", 2050), same("SRA3", 2400), same("A4 geperf.", 1120)];
const GRAMMES: &[Value] = &[same("80 g", 1000), same("100 g", 1280)];
const NOTE_SIZES: &[Value] = &[same("A6", 600), same("A5", 800), same("A4", 1000), same("B5", 920), same("A4+", 1150)];
#[rustfmt::skip]
const RULINGS: &[Value] = &[value(["gelinieerd", "ruled", "ligné", "liniert"], 1000), value(["geruit", "squared", "quadrillé", "kariert"], 1000)];
#[rustfmt::skip]
const TONERS: &[Value] = &[
    coloured(["zwart", "black", "noir", "schwarz"], 13), coloured(["cyaan", "cyan", "cyan", "Cyan"], 6), coloured(["magenta", "magenta", "magenta", "Magenta"], 10),
    coloured(["geel", "yellow", "jaune", "Gelb"], 2), coloured(["grijs", "grey", "gris", "Grau"], 12),
];
const PAGES: &[Value] = &[
    value(["3.000 pagina's", "3,000 pages", "3 000 pages", "3.000 Seiten"], 1000),
    value(["7.000 pagina's", "7,000 pages", "7 000 pages", "7.000 Seiten"], 1780),
];
const LAYOUTS: &[Value] =
    &[same("QWERTY US", 1000), same("QWERTY UK", 1000), same("AZERTY BE", 1040), same("AZERTY FR", 1040), same("QWERTZ DE", 1020)];
const INCHES: &[Value] = &[same("22\"", 820), same("24\"", 1000), same("27\"", 1330), same("32\"", 1800), same("34\"", 2350)];
#[rustfmt::skip]
const TOPS: &[Value] = &[
    coloured(["wit", "white", "blanc", "weiß"], 15), coloured(["eiken", "oak", "chêne", "Eiche"], 14), coloured(["grijs", "grey", "gris", "grau"], 12),
    coloured(["antraciet", "anthracite", "anthracite", "anthrazit"], 13), coloured(["ahorn", "maple", "érable", "Ahorn"], 2),
];
const DESKS: &[Value] = &[same("140 × 80 cm", 1000), same("180 × 80 cm", 1190)];
const COPIES: &[Value] = &[
    value(["rol 500", "roll of 500", "rouleau de 500", "Rolle à 500"], 1000),
    value(["rol 1000", "roll of 1000", "rouleau de 1000", "Rolle à 1000"], 1850),
];
const LABEL_SIZES: &[Value] =
    &[same("25 × 10 mm", 700), same("40 × 20 mm", 850), same("50 × 25 mm", 1000), same("70 × 35 mm", 1300), same("100 × 50 mm", 1700)];
const WEIGHTS: &[Value] = &[same("250 g", 300), same("500 g", 560), same("1 kg", 1000), same("3 kg", 2850), same("6 kg", 5500)];
#[rustfmt::skip]
const BEANS: &[Value] = &[value(["bonen", "beans", "en grains", "Bohnen"], 1000), value(["snelfilter", "filter ground", "moulu filtre", "Filtermahlung"], 1030)];
#[rustfmt::skip]
const ORIGINS: &[Value] = &[
    value(["Nederland", "Netherlands", "Pays-Bas", "Niederlande"], 1000), value(["België", "Belgium", "Belgique", "Belgien"], 1020), value(["Spanje", "Spain", "Espagne", "Spanien"], 960),
    value(["Italië", "Italy", "Italie", "Italien"], 1010), value(["biologisch", "organic", "bio", "Bio"], 1380),
];
const QUALITIES: &[Value] =
    &[value(["klasse I", "class I", "catégorie I", "Klasse I"], 1000), value(["klasse II", "class II", "catégorie II", "Klasse II"], 840)];
const PERSONS: &[Value] = &[
    value(["2 personen", "for 2", "2 personnes", "2 Personen"], 600),
    value(["4 personen", "for 4", "4 personnes", "4 Personen"], 1000),
    value(["6 personen", "for 6", "6 personnes", "6 Personen"], 1400),
    value(["8 personen", "for 8", "8 personnes", "8 Personen"], 1800),
    value(["12 personen", "for 12", "12 personnes", "12 Personen"], 2600),
];
#[rustfmt::skip]
const WRAPS: &[Value] = &[value(["in doos", "boxed", "en coffret", "im Karton"], 1000), value(["in rieten mand", "in a wicker basket", "en panier d'osier", "im Weidenkorb"], 1250)];
#[rustfmt::skip]
const FLOWER_COLOURS: &[Value] = &[
    coloured(["rood", "red", "rouge", "rot"], 0), coloured(["roze", "pink", "rose", "rosa"], 11), coloured(["wit", "white", "blanc", "weiß"], 15),
    coloured(["geel", "yellow", "jaune", "gelb"], 2), coloured(["paars", "purple", "violet", "lila"], 9),
];
#[rustfmt::skip]
const FLOWER_SIZES: &[Value] = &[value(["middel", "medium", "moyen", "mittel"], 1000), value(["groot", "large", "grand", "groß"], 1450)];
const AMOUNTS: &[Value] = &[
    same("€ 5", 200),
    same("€ 10", 400),
    same("€ 15", 600),
    same("€ 20", 800),
    same("€ 25", 1000),
    same("€ 30", 1200),
    same("€ 40", 1600),
    same("€ 50", 2000),
    same("€ 75", 3000),
    same("€ 100", 4000),
];
#[rustfmt::skip]
const SCENTS: &[Value] = &[
    coloured(["citroen", "lemon", "citron", "Zitrone"], 2), coloured(["den", "pine", "pin", "Kiefer"], 4), coloured(["lavendel", "lavender", "lavande", "Lavendel"], 9),
    coloured(["zeebries", "sea breeze", "brise marine", "Meeresbrise"], 6), coloured(["parfumvrij", "unscented", "sans parfum", "parfümfrei"], 12),
];
const CANS: &[Value] = &[same("750 ml", 1000), same("5 l", 4900)];
const TOWELS: &[Value] =
    &[same("30 × 50 cm", 450), same("50 × 100 cm", 1000), same("60 × 110 cm", 1240), same("70 × 140 cm", 1900), same("100 × 150 cm", 2700)];
const CABLE_COLOURS: &[Value] = &[coloured(["zwart", "black", "noir", "schwarz"], 13), coloured(["grijs", "grey", "gris", "grau"], 12)];
const SECTIONS: &[Value] =
    &[same("3 × 0,75 mm²", 700), same("3 × 1,5 mm²", 1000), same("3 × 2,5 mm²", 1520), same("5 × 1,5 mm²", 1600), same("5 × 2,5 mm²", 2450)];
const THREADS: &[Value] = &[same("M4", 420), same("M5", 560), same("M6", 700), same("M8", 1000), same("M10", 1650)];
const BOLT_LENGTHS: &[Value] = &[same("20 mm", 1000), same("40 mm", 1380)];
#[rustfmt::skip]
const OHMS: &[Value] = &[
    same("10 Ω", 1000), same("47 Ω", 1000), same("100 Ω", 1000), same("470 Ω", 1000), same("1 kΩ", 1000), same("4,7 kΩ", 1000), same("10 kΩ", 1000), same("47 kΩ", 1000), same("100 kΩ", 1000), same("1 MΩ", 1000),
];
const VOLTS: &[Value] = &[same("10,8 V", 760), same("12 V", 850), same("14,4 V", 930), same("18 V", 1000), same("36 V", 1850)];
#[rustfmt::skip]
const BATTERIES: &[Value] = &[value(["zonder accu", "bare tool", "sans batterie", "ohne Akku"], 1000), value(["met 2 accu's", "with 2 batteries", "avec 2 batteries", "mit 2 Akkus"], 1720)];
#[rustfmt::skip]
const NOVELS: &[Value] = &[
    same("De stille rivier – A. Verhulst", 1000), same("Wat het water weet – J. Tamsma", 1020), same("Een huis vol klokken – M. van Loo", 980), same("Het zoutpad naar huis – R. Dijkema", 1060), same("Noorderlicht – E. Sanders", 940),
    same("De laatste veerman – K. Oosting", 1000), same("Onder de lindeboom – F. Brouwer", 960), same("Brieven aan niemand – S. Amrani", 1010), same("De kaartenmaker – L. de Graaf", 1100), same("Zomer zonder einde – P. Hoeven", 930),
    same("Het archief van de wind – N. Kersten", 1050), same("Drie dagen in maart – O. Vink", 990), same("De dochter van de smid – T. Bergsma", 1000), same("Schaduw over de Schelde – C. Peeters", 970), same("Vleugels van papier – I. Haddad", 1030),
    same("De tuin op het dak – W. Claes", 1000), same("Alles wat blijft – D. Roelofs", 950), same("Het meer bij nacht – H. Stam", 980), same("Een koffer uit Praag – B. Novák", 1070), same("De vuurtorenwachter – G. Zijlstra", 1000),
    same("Kleine leugens – Y. Aerts", 920), same("Het gewicht van sneeuw – V. Lund", 1040), same("Waar de weg ophoudt – Z. Mulder", 1000), same("De muziekleraar – U. Timmer", 960), same("Honderd deuren – X. Palsma", 1010),
];
#[rustfmt::skip]
const YOUTH: &[Value] = &[
    same("Beer kan niet slapen – M. Kolk", 1000), same("Saar en de sok – T. Poel", 940), same("De draak van nummer zes – B. Wolters", 1050), same("Mus zoekt een huis – L. Veen", 980), same("Het geheim van de zolder – J. Ramaker", 1090),
    same("Vos in de sneeuw – S. Haan", 1000), same("Papa is een piraat – D. Smits", 960), same("Tien kleine eendjes – R. Maas", 900), same("De maan is kwijt – E. Ploeg", 1020), same("Robot Rob – K. Tas", 1000),
    same("Fien leert fietsen – N. Boer", 930), same("De boomhut – P. Groen", 1040), same("Opa's toverhoed – H. Snel", 970), same("Ridder zonder paard – C. Kuil", 1060), same("Waar is Wolf? – A. Lam", 950),
    same("De heks van hiernaast – F. Kat", 1000), same("Een zee van kleuren – Y. Duin", 1080), same("Slak heeft haast – I. Traag", 910), same("De nachtbus – O. Ster", 1030), same("Twee vrienden en een vlot – G. Beek", 1000),
    same("Prinses op sokken – V. Roos", 960), same("Het rekenspook – W. Tel", 990), same("Kip Kukel – Q. Hen", 900), same("De sterrenvanger – Z. Licht", 1070), same("Dino in de klas – U. Bos", 1000),
];
#[rustfmt::skip]
const COMICS: &[Value] = &[
    same("Kapitein Kabeljauw 1", 1000), same("Kapitein Kabeljauw 2", 1000), same("Kapitein Kabeljauw 3", 1000), same("Kapitein Kabeljauw 4", 1000), same("Kapitein Kabeljauw 5", 1000),
    same("De Rode Reiger 1", 1150), same("De Rode Reiger 2", 1150), same("De Rode Reiger 3", 1150), same("De Rode Reiger 4", 1150), same("De Rode Reiger 5", 1150),
    same("Lotje Linksom 1", 880), same("Lotje Linksom 2", 880), same("Lotje Linksom 3", 880), same("Lotje Linksom 4", 880), same("Lotje Linksom 5", 880),
    same("Station Saturnus 1", 1300), same("Station Saturnus 2", 1300), same("Station Saturnus 3", 1300), same("Station Saturnus 4", 1300), same("Station Saturnus 5", 1300),
    same("Ridder Rommel 1", 940), same("Ridder Rommel 2", 940), same("Ridder Rommel 3", 940), same("Ridder Rommel 4", 940), same("Ridder Rommel 5", 940),
];
#[rustfmt::skip]
const FILMS: &[Value] = &[
    same("Het eiland van de uilen", 1000), same("Nachttrein naar Wenen", 1100), same("De bakker van Brugge", 950), same("Wilde ganzen", 900), same("Laatste ronde", 1000),
    same("Moordzaak Maas, seizoen 1", 1800), same("Moordzaak Maas, seizoen 2", 1800), same("Onder water", 980), same("Een paard voor Pien", 870), same("De grote oversteek", 1050),
    same("Planeet in bloei", 1200), same("Het koor van Kiel", 1000), same("Vier muren", 920), same("Zwarte tulp", 1000), same("De jongen en de zee", 960),
    same("Dorpsplein, seizoen 1", 1700), same("Dorpsplein, seizoen 2", 1700), same("Stille getuige", 1000), same("Kasteel te koop", 940), same("Sneeuw in mei", 1030),
    same("De vliegenier", 1000), same("Tante Truus op reis", 890), same("Woestijnlicht", 1060), same("Het derde spoor", 1000), same("Klein maar dapper", 850),
];

/// Hospital, office, library, food and gifts, cleaning, workshop.
#[rustfmt::skip]
const GROUPS: [Group; 40] = [
    Group { unit: "BX", lead_days: 1, inks: &[7, 14, 15, 9, 8], values: [SIZES, BOXES], sorts: &[
        sort(["Onderzoekshandschoen nitril", "Nitrile examination glove", "Gant d'examen nitrile", "Untersuchungshandschuh Nitril"], 695),
        sort(["Onderzoekshandschoen latex", "Latex examination glove", "Gant d'examen latex", "Untersuchungshandschuh Latex"], 645),
        sort(["Handschoen vinyl", "Vinyl glove", "Gant vinyle", "Vinylhandschuh"], 495),
        sort(["Nitril handschoen lange manchet", "Long-cuff nitrile glove", "Gant nitrile manchette longue", "Nitrilhandschuh mit langer Stulpe"], 1295),
        sort(["Handschoen chemo-bestendig", "Chemo-resistant glove", "Gant résistant aux cytotoxiques", "Zytostatika-Handschuh"], 1845),
    ], about: ["Poedervrij, getest volgens EN 455 en EN 374, voor eenmalig gebruik.", "Powder-free, tested to EN 455 and EN 374, single use.", "Non poudré, conforme à EN 455 et EN 374, à usage unique.", "Puderfrei, geprüft nach EN 455 und EN 374, Einmalgebrauch."],
    ..group("HND", "Handschoenen", "gloves", "42132203", "Sanovia") },
    Group { unit: "BX", lead_days: 1, values: [MILLILITRES, BOXES], sorts: &[
        sort(["Injectiespuit 3-delig luer", "3-part luer syringe", "Seringue luer 3 pièces", "3-teilige Luer-Spritze"], 890),
        sort(["Injectiespuit luer-lock", "Luer-lock syringe", "Seringue luer-lock", "Luer-Lock-Spritze"], 1040),
        sort(["Insulinespuit met naald", "Insulin syringe with needle", "Seringue à insuline avec aiguille", "Insulinspritze mit Kanüle"], 1690),
        sort(["Spoelspuit NaCl 0,9%", "Saline flush syringe", "Seringue de rinçage NaCl", "NaCl-Spülspritze"], 4950),
        sort(["Enterale spuit ENFit", "ENFit enteral syringe", "Seringue entérale ENFit", "Enterale Spritze ENFit"], 2260),
    ], about: ["Steriel en los verpakt, latexvrij.", "Sterile, individually packed, latex-free.", "Stérile, emballage individuel, sans latex.", "Steril, einzeln verpackt, latexfrei."],
    ..group("SPT", "Spuiten en naalden", "syringe", "42142609", "Sanovia") },
    Group { unit: "BX", lead_days: 1, vat: 21, values: [CALM_COLOURS, SMALL_BOXES], sorts: &[
        sort(["Chirurgisch masker IIR", "Surgical mask IIR", "Masque chirurgical IIR", "OP-Maske IIR"], 310),
        sort(["Chirurgisch masker met lint", "Surgical mask with ties", "Masque chirurgical à lanières", "OP-Maske zum Binden"], 365),
        sort(["Ademmasker FFP2", "FFP2 respirator", "Masque FFP2", "Atemschutzmaske FFP2"], 1150),
        sort(["Ademmasker FFP2 met ventiel", "FFP2 respirator with valve", "Masque FFP2 à soupape", "FFP2-Maske mit Ventil"], 1580),
        sort(["Kindermasker IIR", "Children's mask IIR", "Masque enfant IIR", "Kindermaske IIR"], 345),
    ], about: ["Zachte elastieken, buigbare neusbrug.", "Soft ear loops, mouldable nose piece.", "Élastiques souples, barrette nasale modelable.", "Weiche Ohrschlaufen, biegsamer Nasenbügel."],
    ..group("MND", "Mondmaskers", "mask", "42131713", "Sanovia") },
    Group { lead_days: 1, values: [VOLUMES, PUMPS], sorts: &[
        sort(["Handalcohol gel", "Hand rub gel", "Gel hydroalcoolique", "Händedesinfektionsgel"], 540),
        sort(["Handalcohol vloeibaar", "Hand rub liquid", "Solution hydroalcoolique", "Händedesinfektion flüssig"], 490),
        sort(["Huiddesinfectie 0,5%", "Skin antiseptic 0.5%", "Antiseptique cutané 0,5 %", "Hautantiseptikum 0,5 %"], 780),
        sort(["Oppervlaktedesinfectie", "Surface disinfectant", "Désinfectant de surfaces", "Flächendesinfektion"], 620),
        sort(["Milde waslotion", "Mild wash lotion", "Lotion lavante douce", "Milde Waschlotion"], 410),
    ], about: ["Toegelaten voor gebruik in de zorg; volg de aanwijzing op het etiket.", "Approved for use in care; follow the label.", "Autorisé en milieu de soins ; suivre l'étiquette.", "Zugelassen für die Pflege; Etikett beachten."],
    ..group("DES", "Desinfectie", "bottle", "42281604", "Klaris") },
    Group { per: 100, lead_days: 2, values: [SQUARES, STERILITY], sorts: &[
        sort(["Gaaskompres 8-laags", "Gauze swab 8-ply", "Compresse de gaze 8 plis", "Mullkompresse 8-fach"], 620),
        sort(["Gaaskompres 12-laags", "Gauze swab 12-ply", "Compresse de gaze 12 plis", "Mullkompresse 12-fach"], 810),
        sort(["Non-woven kompres", "Non-woven swab", "Compresse non tissée", "Vlieskompresse"], 480),
        sort(["Absorberend verband", "Absorbent dressing", "Pansement absorbant", "Saugkompresse"], 2150),
        sort(["Zalfgaas", "Paraffin gauze", "Gaze paraffinée", "Salbengaze"], 5400),
    ], about: ["Prijs per 100 stuks. Zacht, pluisarm, goed doorlatend.", "Price per 100. Soft, low-lint, breathable.", "Prix par 100. Doux, peu pelucheux, respirant.", "Preis je 100 Stück. Weich, fusselarm, luftdurchlässig."],
    ..group("GAA", "Gaas en kompressen", "gauze", "42311512", "Lindecare") },
    Group { lead_days: 2, values: [WIDTHS, LENGTHS], sorts: &[
        sort(["Hydrofiele zwachtel", "Conforming bandage", "Bande de gaze", "Mullbinde"], 45),
        sort(["Elastische zwachtel", "Elastic bandage", "Bande élastique", "Elastische Binde"], 165),
        sort(["Cohesieve zwachtel", "Cohesive bandage", "Bande cohésive", "Kohäsive Binde"], 210),
        sort(["Compressiezwachtel kort", "Short-stretch bandage", "Bande à allongement court", "Kurzzugbinde"], 540),
        sort(["Synthetische watten", "Cast padding", "Ouate synthétique", "Synthetikwatte"], 120),
    ], about: ["Huidvriendelijk, wasbaar waar aangegeven, per rol verpakt.", "Kind to skin, washable where stated, packed per roll.", "Respecte la peau, lavable si indiqué, emballé par rouleau.", "Hautfreundlich, waschbar wo angegeben, einzeln gerollt."],
    ..group("ZWA", "Zwachtels", "bandage", "42311511", "Lindecare") },
    Group { lead_days: 3, values: [COLOURS, CASES], sorts: &[
        sort(["Digitale thermometer", "Digital thermometer", "Thermomètre numérique", "Digitalthermometer"], 795),
        sort(["Oorthermometer", "Ear thermometer", "Thermomètre auriculaire", "Ohrthermometer"], 4290),
        sort(["Voorhoofdthermometer", "Forehead thermometer", "Thermomètre frontal", "Stirnthermometer"], 4950),
        sort(["Kernthermometer", "Core thermometer", "Thermomètre à cœur", "Kernthermometer"], 2380),
        sort(["Koelkastthermometer", "Fridge thermometer", "Thermomètre de réfrigérateur", "Kühlschrankthermometer"], 1150),
    ], about: ["Meet in enkele seconden, met geheugen en batterij.", "Reads within seconds, with memory and battery.", "Mesure en quelques secondes, avec mémoire et pile.", "Misst in Sekunden, mit Speicher und Batterie."],
    ..group("DIA", "Diagnostiek", "thermometer", "42182206", "Lindecare") },
    Group { lead_days: 8, values: [SEATS, CABLE_COLOURS], sorts: &[
        sort(["Rolstoel vouwbaar", "Folding wheelchair", "Fauteuil roulant pliant", "Faltrollstuhl"], 28900),
        sort(["Transportrolstoel", "Transit wheelchair", "Fauteuil de transfert", "Transportrollstuhl"], 21500),
        sort(["Lichtgewicht rolstoel", "Lightweight wheelchair", "Fauteuil roulant léger", "Leichtgewichtrollstuhl"], 46900),
        sort(["Kantelbare rolstoel", "Tilting wheelchair", "Fauteuil inclinable", "Multifunktionsrollstuhl"], 129500),
        sort(["Douche-toiletstoel", "Shower commode chair", "Chaise de douche", "Dusch-Toilettenstuhl"], 18900),
    ], about: ["Getest tot 130 kg, wegneembare armsteunen, wordt gemonteerd geleverd.", "Tested to 130 kg, removable arm rests, delivered assembled.", "Testé jusqu'à 130 kg, accoudoirs amovibles, livré monté.", "Bis 130 kg geprüft, abnehmbare Armlehnen, fertig montiert."],
    ..group("MOB", "Mobiliteit", "wheelchair", "42192210", "Rolvast") },
    Group { lead_days: 4, values: [LINEN, LINEN_COLOURS], sorts: &[
        sort(["Hoeslaken molton", "Fitted molton sheet", "Drap-housse molleton", "Molton-Spannbettlaken"], 1590),
        sort(["Onderlaken katoen", "Cotton sheet", "Drap plat coton", "Bettlaken Baumwolle"], 1290),
        sort(["Dekbedovertrek", "Duvet cover", "Housse de couette", "Bettbezug"], 2450),
        sort(["Steeklaken", "Draw sheet", "Alèse", "Stecklaken"], 890),
        sort(["Dekbed brandvertragend", "Flame-retardant duvet", "Couette ignifugée", "Schwer entflammbare Decke"], 4890),
    ], about: ["Geschikt voor industriële was op 95 °C.", "Suitable for industrial laundry at 95 °C.", "Lavage industriel à 95 °C.", "Für die Industriewäsche bei 95 °C."],
    ..group("BED", "Beddengoed", "bed-linen", "52121508", "Textura") },
    Group { lead_days: 4, values: [SIZES, LINEN_COLOURS_AND_GREEN], sorts: &[
        sort(["OK-jasje V-hals", "V-neck scrub top", "Tunique de bloc col V", "OP-Kasack V-Ausschnitt"], 1690),
        sort(["OK-broek", "Scrub trousers", "Pantalon de bloc", "OP-Hose"], 1590),
        sort(["Verpleegjasje dames", "Nurse tunic, women", "Tunique femme", "Kasack Damen"], 2890),
        sort(["Polo unisex", "Unisex polo shirt", "Polo unisexe", "Poloshirt unisex"], 1950),
        sort(["Laboratoriumjas", "Laboratory coat", "Blouse de laboratoire", "Laborkittel"], 2690),
    ], about: ["Slijtvast mengweefsel, drukknopen, industrieel wasbaar.", "Hard-wearing blend, press studs, industrially washable.", "Mélange résistant, boutons-pression, lavable en industrie.", "Strapazierfähiges Mischgewebe, Druckknöpfe, industriell waschbar."],
    ..group("KLE", "Dienstkleding", "scrubs", "42131607", "Textura") },
    Group { per: 100, lead_days: 2, values: [TUBES, STERILITY_ONLY_TWO], sorts: &[
        sort(["Infuussysteem zwaartekracht", "Gravity infusion set", "Perfuseur par gravité", "Schwerkraft-Infusionsset"], 14500),
        sort(["Verlengslang", "Extension line", "Prolongateur", "Verlängerungsleitung"], 9800),
        sort(["Pompset", "Pump set", "Tubulure pour pompe", "Pumpenset"], 38900),
        sort(["Transfusiesysteem", "Transfusion set", "Transfuseur", "Transfusionsset"], 21900),
        sort(["Enterale voedingsset", "Enteral feeding set", "Set de nutrition entérale", "Ernährungsset enteral"], 26500),
    ], about: ["Prijs per 100 stuks. DEHP-vrij, met rolklem en filter.", "Price per 100. DEHP-free, roller clamp and filter.", "Prix par 100. Sans DEHP, avec roulette et filtre.", "Preis je 100 Stück. DEHP-frei, mit Rollenklemme und Filter."],
    ..group("INF", "Infusie", "infusion", "42221604", "Sanovia") },
    Group { lead_days: 1, values: [COLOURS, PEN_PACKS], sorts: &[
        sort(["Balpen medium", "Ballpoint pen, medium", "Stylo à bille moyen", "Kugelschreiber mittel"], 38),
        sort(["Gelpen 0,5 mm", "Gel pen 0.5 mm", "Stylo gel 0,5 mm", "Gelschreiber 0,5 mm"], 115),
        sort(["Fineliner 0,4 mm", "Fineliner 0.4 mm", "Feutre fin 0,4 mm", "Fineliner 0,4 mm"], 89),
        sort(["Rollerball", "Rollerball", "Stylo roller", "Tintenroller"], 145),
        sort(["Vulpotlood 0,7 mm", "Mechanical pencil 0.7 mm", "Porte-mine 0,7 mm", "Druckbleistift 0,7 mm"], 210),
    ], about: ["Navulbaar, behuizing van gerecycled kunststof.", "Refillable, barrel of recycled plastic.", "Rechargeable, corps en plastique recyclé.", "Nachfüllbar, Gehäuse aus Recyclingkunststoff."],
    ..group("PEN", "Pennen", "pen", "44121704", "Kantora") },
    Group { lead_days: 1, values: [COLOURS, PEN_PACKS], sorts: &[
        sort(["Permanent marker", "Permanent marker", "Marqueur permanent", "Permanentmarker"], 125),
        sort(["Whiteboardmarker", "Whiteboard marker", "Marqueur tableau blanc", "Boardmarker"], 139),
        sort(["Markeerstift", "Highlighter", "Surligneur", "Textmarker"], 79),
        sort(["Flipovermarker", "Flipchart marker", "Marqueur paperboard", "Flipchartmarker"], 149),
        sort(["Lakmarker", "Paint marker", "Marqueur peinture", "Lackmarker"], 295),
    ], about: ["Sneldrogend, geurarm, met ronde of schuine punt.", "Quick-drying, low odour, bullet or chisel tip.", "Séchage rapide, peu d'odeur, pointe ronde ou biseautée.", "Schnelltrocknend, geruchsarm, Rund- oder Keilspitze."],
    ..group("STI", "Stiften en markers", "marker", "44121708", "Kantora") },
    Group { unit: "PK", lead_days: 1, inks: &[7, 4, 2, 6, 14], values: [PAPER_SIZES, GRAMMES], sorts: &[
        sort(["Kopieerpapier wit", "White copy paper", "Papier copie blanc", "Kopierpapier weiß"], 545),
        sort(["Kopieerpapier recycled", "Recycled copy paper", "Papier copie recyclé", "Kopierpapier Recycling"], 495),
        sort(["Kopieerpapier pastelgeel", "Pastel yellow copy paper", "Papier jaune pastel", "Kopierpapier pastellgelb"], 760),
        sort(["Laserpapier premium", "Premium laser paper", "Papier laser supérieur", "Premium-Laserpapier"], 890),
        sort(["Archiefpapier ISO 9706", "Archival paper ISO 9706", "Papier d'archives ISO 9706", "Archivpapier ISO 9706"], 1180),
    ], about: ["Pak van 500 vel, loopt storingsvrij in elke printer.", "Ream of 500 sheets, runs jam-free.", "Rame de 500 feuilles, passage sans bourrage.", "Packung mit 500 Blatt, störungsfreier Lauf."],
    ..group("PAP", "Papier", "paper", "14111507", "Papyra") },
    Group { lead_days: 1, values: [COLOURS, PAPER_ORDERS], sorts: &[
        sort(["Ordner 80 mm", "Lever arch file 80 mm", "Classeur à levier 80 mm", "Ordner 80 mm"], 285),
        sort(["Ordner 50 mm", "Lever arch file 50 mm", "Classeur à levier 50 mm", "Ordner 50 mm"], 275),
        sort(["Ringband 4 ringen", "4-ring binder", "Classeur 4 anneaux", "Ringbuch 4 Ringe"], 340),
        sort(["Elastomap", "Elasticated folder", "Chemise à élastique", "Eckspannmappe"], 155),
        sort(["Hangmap", "Suspension file", "Dossier suspendu", "Hängemappe"], 98),
    ], about: ["Stevig karton met kunststof bekleding en verwisselbaar rugetiket.", "Sturdy board, plastic cover, exchangeable spine label.", "Carton solide plastifié, étiquette de dos interchangeable.", "Stabile Pappe, Kunststoffbezug, austauschbares Rückenschild."],
    ..group("MAP", "Mappen en ordners", "folder", "44122003", "Kantora") },
    Group { lead_days: 2, values: [TONERS, PAGES], sorts: &[
        sort(["Toner LX-200", "Toner LX-200", "Toner LX-200", "Toner LX-200"], 5490),
        sort(["Toner LX-450", "Toner LX-450", "Toner LX-450", "Toner LX-450"], 8290),
        sort(["Toner MF-31", "Toner MF-31", "Toner MF-31", "Toner MF-31"], 6750),
        sort(["Toner MF-77 gerecycled", "Remanufactured toner MF-77", "Toner MF-77 recyclé", "Toner MF-77 aufbereitet"], 4290),
        sort(["Drum LX-200", "Drum LX-200", "Tambour LX-200", "Trommel LX-200"], 9950),
    ], about: ["Originele vulling, lege cassette gratis retour.", "Original filling, empty cartridge returned free.", "Remplissage d'origine, retour gratuit de la cartouche vide.", "Originalfüllung, kostenlose Rücknahme der leeren Kartusche."],
    ..group("TON", "Toner", "toner", "44103103", "Printor") },
    Group { lead_days: 1, values: [NOTE_SIZES, RULINGS], sorts: &[
        sort(["Schrift gelijmd", "Exercise book", "Cahier broché", "Schulheft"], 145),
        sort(["Spiraalblok", "Spiral notebook", "Cahier à spirale", "Collegeblock"], 265),
        sort(["Notitieboek hardcover", "Hardcover notebook", "Carnet rigide", "Notizbuch Hardcover"], 895),
        sort(["Memoblok zelfklevend", "Sticky note pad", "Bloc de notes adhésives", "Haftnotizblock"], 185),
        sort(["Projectboek met tabs", "Project book with tabs", "Cahier de projet à onglets", "Projektbuch mit Registern"], 545),
    ], about: ["80 vel houtvrij papier, FSC-gecertificeerd.", "80 sheets of wood-free, FSC-certified paper.", "80 feuilles sans bois, certifié FSC.", "80 Blatt holzfrei, FSC-zertifiziert."],
    ..group("SCR", "Schriften en blokken", "notebook", "14111514", "Papyra") },
    Group { lead_days: 2, values: [LAYOUTS, TWO_COLOURS], sorts: &[
        sort(["Toetsenbord bedraad", "Wired keyboard", "Clavier filaire", "Tastatur kabelgebunden"], 1890),
        sort(["Toetsenbord draadloos", "Wireless keyboard", "Clavier sans fil", "Tastatur kabellos"], 3490),
        sort(["Compact toetsenbord", "Compact keyboard", "Clavier compact", "Kompakttastatur"], 4290),
        sort(["Ergonomisch toetsenbord", "Ergonomic keyboard", "Clavier ergonomique", "Ergonomische Tastatur"], 8950),
        sort(["Reinigbaar toetsenbord IP68", "Washable keyboard IP68", "Clavier lavable IP68", "Abwaschbare Tastatur IP68"], 7450),
    ], about: ["Stille toetsen, USB-aansluiting, twee jaar garantie.", "Quiet keys, USB, two-year warranty.", "Touches silencieuses, USB, garantie deux ans.", "Leise Tasten, USB, zwei Jahre Garantie."],
    ..group("TOE", "Toetsenborden", "keyboard", "43211706", "Tastiva") },
    Group { lead_days: 3, values: [INCHES, TWO_COLOURS], sorts: &[
        sort(["Monitor Full HD", "Full HD monitor", "Écran Full HD", "Monitor Full HD"], 13900),
        sort(["Monitor QHD", "QHD monitor", "Écran QHD", "Monitor QHD"], 21900),
        sort(["Monitor 4K", "4K monitor", "Écran 4K", "Monitor 4K"], 32900),
        sort(["Monitor USB-C met hub", "USB-C hub monitor", "Écran USB-C avec hub", "Monitor USB-C mit Hub"], 35900),
        sort(["Diagnostische monitor", "Diagnostic monitor", "Écran de diagnostic", "Befundmonitor"], 119000),
    ], about: ["In hoogte verstelbaar, kantelbaar, flikkervrij paneel.", "Height adjustable, pivoting, flicker-free panel.", "Réglable en hauteur, pivotant, dalle sans scintillement.", "Höhenverstellbar, drehbar, flimmerfreies Panel."],
    ..group("MON", "Monitoren", "monitor", "43211902", "Tastiva") },
    Group { lead_days: 12, values: [TOPS, DESKS], sorts: &[
        sort(["Bureau vaste hoogte", "Fixed-height desk", "Bureau hauteur fixe", "Schreibtisch fest"], 21900),
        sort(["Bureau zit-sta elektrisch", "Electric sit-stand desk", "Bureau assis-debout électrique", "Sitz-Steh-Tisch elektrisch"], 54900),
        sort(["Bureau slinger verstelbaar", "Crank-adjustable desk", "Bureau à manivelle", "Schreibtisch mit Kurbel"], 38900),
        sort(["Vergadertafel", "Meeting table", "Table de réunion", "Besprechungstisch"], 44900),
        sort(["Balie-element", "Counter unit", "Élément de comptoir", "Thekenelement"], 69900),
    ], about: ["Blad van 25 mm met kabeldoorvoer; levering met montage.", "25 mm top with cable port; delivered and assembled.", "Plateau de 25 mm avec passe-câbles ; livré et monté.", "25-mm-Platte mit Kabeldurchlass; Lieferung mit Montage."],
    ..group("BUR", "Bureaus en tafels", "desk", "56101703", "Werkform") },
    Group { lead_days: 9, values: [COLOURS, ARMS], sorts: &[
        sort(["Bureaustoel NEN-EN 1335", "Office chair EN 1335", "Siège de bureau EN 1335", "Bürostuhl EN 1335"], 28900),
        sort(["Bureaustoel netrug", "Mesh-back chair", "Siège dossier filet", "Bürostuhl Netzrücken"], 34900),
        sort(["Werkplaatsstoel", "Workshop chair", "Siège d'atelier", "Arbeitsdrehstuhl"], 23900),
        sort(["Balie- en laboratoriumstoel", "Counter and lab chair", "Siège haut de laboratoire", "Laborstuhl hoch"], 26900),
        sort(["Leesstoel", "Reading chair", "Fauteuil de lecture", "Lesesessel"], 41900),
    ], about: ["Synchroonmechaniek, instelbare lendensteun, wielen voor harde vloer.", "Synchronous mechanism, lumbar support, castors for hard floors.", "Mécanisme synchrone, soutien lombaire, roulettes pour sol dur.", "Synchronmechanik, Lordosenstütze, Rollen für harte Böden."],
    ..group("STO", "Stoelen", "chair", "56101504", "Werkform") },
    Group { lead_days: 5, values: [COLOURS, LIGHTS], sorts: &[
        sort(["Bureaulamp led", "LED desk lamp", "Lampe de bureau LED", "LED-Schreibtischleuchte"], 3950),
        sort(["Staande lamp", "Floor lamp", "Lampadaire", "Stehleuchte"], 8900),
        sort(["Tafellamp", "Table lamp", "Lampe de table", "Tischleuchte"], 4450),
        sort(["Leeslamp met klem", "Clip-on reading lamp", "Lampe de lecture à pince", "Klemmleuchte"], 2690),
        sort(["Hanglamp", "Pendant lamp", "Suspension", "Pendelleuchte"], 6750),
    ], about: ["Dimbaar, CRI boven 90, led vervangbaar.", "Dimmable, CRI above 90, replaceable LED.", "Variable, IRC supérieur à 90, LED remplaçable.", "Dimmbar, CRI über 90, LED austauschbar."],
    ..group("LAM", "Verlichting", "lamp", "39111500", "Lumenta") },
    Group { vat: 9, lead_days: 3, extra: Extra::ShelfReady, first: First::Value, values: [NOVELS, ONLY], sorts: &[
        sort(["roman, gebonden", "novel, hardback", "roman, relié", "Roman, gebunden"], 2299),
        sort(["roman, grote letter", "novel, large print", "roman, gros caractères", "Roman, Großdruck"], 2799),
    ], about: ["Nederlandstalige roman voor volwassenen, ca. 320 pagina's.", "Novel for adults in Dutch, about 320 pages.", "Roman pour adultes en néerlandais, env. 320 pages.", "Roman für Erwachsene auf Niederländisch, ca. 320 Seiten."],
    ..group("ROM", "Fictie volwassenen", "book", "55101509", "Uitgeverij Lindeblad") },
    Group { vat: 9, lead_days: 3, extra: Extra::ShelfReady, first: First::Value, values: [YOUTH, ONLY], sorts: &[
        sort(["prentenboek, gebonden", "picture book, hardback", "album illustré, relié", "Bilderbuch, gebunden"], 1699),
        sort(["kartonboek", "board book", "livre cartonné", "Pappbilderbuch"], 1199),
    ], about: ["Nederlandstalig boek voor kinderen, rijk geïllustreerd.", "Children's book in Dutch, richly illustrated.", "Livre pour enfants en néerlandais, richement illustré.", "Kinderbuch auf Niederländisch, reich illustriert."],
    ..group("JEU", "Jeugdboeken", "picture-book", "55101500", "Uitgeverij De Mus") },
    Group { vat: 9, lead_days: 3, extra: Extra::ShelfReady, first: First::Value, values: [COMICS, ONLY], sorts: &[
        sort(["strip, paperback", "comic, paperback", "BD, broché", "Comic, Softcover"], 995),
        sort(["strip, hardcover", "comic, hardcover", "BD, cartonné", "Comic, Hardcover"], 1995),
    ], about: ["Stripalbum in kleur, 48 pagina's, Nederlandstalig.", "Comic album in colour, 48 pages, in Dutch.", "Album de bande dessinée en couleurs, 48 pages, en néerlandais.", "Farbiges Comicalbum, 48 Seiten, auf Niederländisch."],
    ..group("STR", "Strips", "comic", "55101510", "Stripwerk") },
    Group { lead_days: 4, extra: Extra::ShelfReady, first: First::Value, values: [FILMS, ONLY], sorts: &[
        sort(["dvd", "DVD", "DVD", "DVD"], 1499), sort(["blu-ray", "Blu-ray", "Blu-ray", "Blu-ray"], 1899),
    ], about: ["Met uitleenrecht voor openbare bibliotheken, Nederlands ondertiteld.", "With lending rights for public libraries, Dutch subtitles.", "Avec droit de prêt pour bibliothèques, sous-titres néerlandais.", "Mit Verleihrecht für Bibliotheken, niederländische Untertitel."],
    ..group("FLM", "Film", "dvd", "55111506", "Kijkgat Film") },
    Group { per: 1, lead_days: 4, values: [LABEL_SIZES, COPIES], sorts: &[
        sort(["Rugetiket wit", "White spine label", "Étiquette de dos blanche", "Rückenetikett weiß"], 1850),
        sort(["Barcode-etiket", "Barcode label", "Étiquette code-barres", "Barcode-Etikett"], 2690),
        sort(["RFID-tag", "RFID tag", "Étiquette RFID", "RFID-Etikett"], 9850),
        sort(["Beschermlabel transparant", "Clear protective label", "Étiquette de protection", "Schutzetikett transparent"], 2150),
        sort(["Genre-etiket kleur", "Coloured genre label", "Étiquette de genre", "Farbiges Genreetikett"], 2350),
    ], about: ["Zuurvrije lijm, blijft jaren zitten, goed bedrukbaar.", "Acid-free adhesive, lasts for years, prints well.", "Adhésif sans acide, longue durée, bien imprimable.", "Säurefreier Kleber, jahrelang haltbar, gut bedruckbar."],
    ..group("ETI", "Etiketten", "label", "55121606", "Leesgoed") },
    Group { lead_days: 10, values: [COLOURS, ONLY], sorts: &[
        sort(["Boekenwagen 2 etages", "Book trolley, 2 shelves", "Chariot à livres 2 étages", "Bücherwagen 2 Etagen"], 24900),
        sort(["Boekenwagen 3 etages", "Book trolley, 3 shelves", "Chariot à livres 3 étages", "Bücherwagen 3 Etagen"], 31900),
        sort(["Boekenwagen schuin", "Slanted book trolley", "Chariot à livres incliné", "Bücherwagen schräg"], 33900),
        sort(["Magazijnwagen", "Warehouse trolley", "Chariot d'entrepôt", "Kommissionierwagen"], 27900),
        sort(["Serveerwagen rvs", "Stainless service trolley", "Chariot de service inox", "Servierwagen Edelstahl"], 38900),
    ], about: ["Vier stille zwenkwielen waarvan twee met rem, gepoedercoat staal.", "Four quiet castors, two with brakes, powder-coated steel.", "Quatre roulettes silencieuses dont deux freinées, acier laqué.", "Vier leise Lenkrollen, zwei mit Bremse, pulverbeschichteter Stahl."],
    ..group("TRO", "Wagens en trolleys", "trolley", "24101505", "Leesgoed") },
    Group { vat: 9, lead_days: 1, inks: &[1, 13, 4, 7, 0], values: [WEIGHTS, BEANS], sorts: &[
        sort(["Koffie huismelange", "House blend coffee", "Café mélange maison", "Kaffee Hausmischung"], 1190),
        sort(["Koffie espresso", "Espresso coffee", "Café espresso", "Espressokaffee"], 1390),
        sort(["Koffie biologisch", "Organic coffee", "Café bio", "Biokaffee"], 1590),
        sort(["Koffie decafé", "Decaffeinated coffee", "Café décaféiné", "Kaffee entkoffeiniert"], 1490),
        sort(["Koffie fairtrade donker", "Fair trade dark roast", "Café équitable corsé", "Fairtrade-Kaffee kräftig"], 1450),
    ], about: ["Vers gebrand in Utrecht, minstens negen maanden houdbaar.", "Freshly roasted in Utrecht, keeps at least nine months.", "Torréfié à Utrecht, se conserve neuf mois au moins.", "Frisch geröstet in Utrecht, mindestens neun Monate haltbar."],
    ..group("KOF", "Koffie", "coffee", "50201706", "Aromio") },
    Group { unit: "KGM", step: "0.5", vat: 9, lead_days: 1, inks: &[0, 3, 1, 4, 1], values: [ORIGINS, QUALITIES], sorts: &[
        sort(["Appels", "Apples", "Pommes", "Äpfel"], 245), sort(["Peren", "Pears", "Poires", "Birnen"], 265), sort(["Sinaasappels", "Oranges", "Oranges", "Orangen"], 225),
        sort(["Druiven wit", "White grapes", "Raisins blancs", "Weiße Trauben"], 445), sort(["Mandarijnen", "Mandarins", "Mandarines", "Mandarinen"], 325),
    ], about: ["Per halve kilo te bestellen, dagvers geleverd.", "Order by the half kilo, delivered fresh each day.", "À commander par demi-kilo, livré frais chaque jour.", "Ab einem halben Kilo, täglich frisch geliefert."],
    ..group("FRU", "Fruit", "fruit", "50301500", "Boomgaard Vers") },
    Group { vat: 9, lead_days: 4, extra: Extra::GiftCard, values: [PERSONS, WRAPS], sorts: &[
        sort(["Borrelpakket", "Drinks hamper", "Panier apéritif", "Aperitif-Präsent"], 3950),
        sort(["Kaas en noten", "Cheese and nuts", "Fromages et noix", "Käse und Nüsse"], 3450),
        sort(["Ontbijtpakket", "Breakfast hamper", "Panier petit-déjeuner", "Frühstückspaket"], 2950),
        sort(["Italiaans pakket", "Italian hamper", "Panier italien", "Italienisches Präsent"], 4250),
        sort(["Streekpakket", "Regional hamper", "Panier du terroir", "Regionales Präsent"], 3750),
    ], about: ["Feestelijk verpakt, met kaart en eigen tekst mogelijk.", "Festively packed, a card with your own text is possible.", "Emballage festif, carte avec texte personnel possible.", "Festlich verpackt, Karte mit eigenem Text möglich."],
    ..group("GES", "Geschenkpakketten", "hamper", "10161800", "Topmand") },
    Group { vat: 9, lead_days: 1, extra: Extra::GiftCard, values: [FLOWER_COLOURS, FLOWER_SIZES], sorts: &[
        sort(["Boeket seizoen", "Seasonal bouquet", "Bouquet de saison", "Saisonstrauß"], 2495),
        sort(["Boeket rozen", "Bouquet of roses", "Bouquet de roses", "Rosenstrauß"], 2995),
        sort(["Boeket tulpen", "Bouquet of tulips", "Bouquet de tulipes", "Tulpenstrauß"], 1795),
        sort(["Plukboeket veld", "Wild-flower bouquet", "Bouquet champêtre", "Feldblumenstrauß"], 2295),
        sort(["Tafelstuk", "Table arrangement", "Centre de table", "Tischgesteck"], 3295),
    ], about: ["Voor 15.00 uur besteld, morgen bezorgd, met kaartje.", "Ordered before 3 p.m., delivered tomorrow, with a card.", "Commandé avant 15 h, livré demain, avec une carte.", "Bis 15 Uhr bestellt, morgen geliefert, mit Karte."],
    ..group("BLO", "Bloemen", "flowers", "10161600", "Bloesem") },
    Group { vat: 0, lead_days: 2, extra: Extra::GiftCard, values: [AMOUNTS, ONLY], sorts: &[
        sort(["Boekenbon", "Book voucher", "Chèque-livre", "Büchergutschein"], 2500), sort(["Bloemenbon", "Flower voucher", "Chèque-fleurs", "Blumengutschein"], 2500),
        sort(["Filmbon", "Film voucher", "Chèque-cinéma", "Kinogutschein"], 2500), sort(["Dinerbon", "Dinner voucher", "Chèque-restaurant", "Restaurantgutschein"], 2500),
        sort(["Cadeaukaart vrij", "Open gift card", "Carte cadeau libre", "Geschenkkarte"], 2500),
    ], about: ["Twee jaar geldig; btw wordt geheven bij inwisseling.", "Valid for two years; VAT is due when redeemed.", "Valable deux ans ; TVA due lors de l'utilisation.", "Zwei Jahre gültig; USt. fällt bei Einlösung an."],
    ..group("BON", "Cadeaubonnen", "card", "14111608", "Bonnenhuis") },
    Group { lead_days: 1, values: [SCENTS, CANS], sorts: &[
        sort(["Allesreiniger", "All-purpose cleaner", "Nettoyant multi-usages", "Allzweckreiniger"], 265),
        sort(["Sanitairreiniger", "Sanitary cleaner", "Nettoyant sanitaire", "Sanitärreiniger"], 345),
        sort(["Glas- en interieurspray", "Glass cleaner", "Nettoyant vitres", "Glasreiniger"], 295),
        sort(["Vloerreiniger", "Floor cleaner", "Nettoyant sols", "Bodenreiniger"], 385),
        sort(["Ontvetter", "Degreaser", "Dégraissant", "Entfetter"], 495),
    ], about: ["Europees milieukeurmerk, biologisch afbreekbaar.", "EU Ecolabel, biodegradable.", "Écolabel européen, biodégradable.", "EU-Umweltzeichen, biologisch abbaubar."],
    ..group("REI", "Schoonmaak", "cleaner", "47131824", "Klaris") },
    Group { lead_days: 3, values: [TOWELS, LINEN_COLOURS], sorts: &[
        sort(["Handdoek badstof", "Terry towel", "Serviette éponge", "Frottierhandtuch"], 595),
        sort(["Handdoek wafel", "Waffle towel", "Serviette nid d'abeille", "Waffelhandtuch"], 495),
        sort(["Handdoek bio-katoen", "Organic cotton towel", "Serviette coton bio", "Handtuch Biobaumwolle"], 845),
        sort(["Theedoek", "Tea towel", "Torchon", "Geschirrtuch"], 295),
        sort(["Poetsdoek microvezel", "Microfibre cloth", "Chiffon microfibre", "Mikrofasertuch"], 245),
    ], about: ["450 gram per m², kleurecht, industrieel wasbaar.", "450 g per m², colour-fast, industrially washable.", "450 g par m², grand teint, lavable en industrie.", "450 g pro m², farbecht, industriell waschbar."],
    ..group("HDK", "Handdoeken", "towel", "52121703", "Textura") },
    Group { unit: "MTR", step: "0.5", lead_days: 2, values: [SECTIONS, CABLE_COLOURS], sorts: &[
        sort(["Installatiekabel", "Installation cable", "Câble d'installation", "Mantelleitung"], 185),
        sort(["Rubberkabel H07RN-F", "Rubber cable H07RN-F", "Câble caoutchouc H07RN-F", "Gummileitung H07RN-F"], 265),
        sort(["Afgeschermde kabel", "Screened cable", "Câble blindé", "Geschirmte Leitung"], 345),
        sort(["Soepele pvc-kabel", "Flexible PVC cable", "Câble PVC souple", "PVC-Schlauchleitung"], 145),
        sort(["Sleepkettingkabel", "Drag chain cable", "Câble pour chaîne porte-câbles", "Schleppkettenleitung"], 595),
    ], about: ["Per halve meter van de haspel gesneden, 300/500 V.", "Cut from the drum by the half metre, 300/500 V.", "Coupé au demi-mètre, 300/500 V.", "Zuschnitt auf halbe Meter, 300/500 V."],
    ..group("KAB", "Kabel", "cable", "26121609", "Voltano") },
    Group { per: 100, lead_days: 1, inks: &[12, 7, 13, 14, 12], values: [THREADS, BOLT_LENGTHS], sorts: &[
        sort(["Zeskantbout 8.8 verzinkt", "Hex bolt 8.8 zinc", "Vis H 8.8 zinguée", "Sechskantschraube 8.8 verzinkt"], 1450),
        sort(["Zeskantbout rvs A2", "Hex bolt stainless A2", "Vis H inox A2", "Sechskantschraube A2"], 2890),
        sort(["Inbusbout 12.9", "Socket cap screw 12.9", "Vis CHC 12.9", "Zylinderschraube 12.9"], 2250),
        sort(["Slotbout verzinkt", "Carriage bolt zinc", "Boulon à tête ronde", "Schlossschraube verzinkt"], 1690),
        sort(["Flensbout 8.8", "Flange bolt 8.8", "Vis à embase 8.8", "Flanschschraube 8.8"], 1980),
    ], about: ["Prijs per 100 stuks, metrische draad, leverbaar per stuk.", "Price per 100, metric thread, sold singly.", "Prix par 100, filetage métrique, vendu à la pièce.", "Preis je 100 Stück, metrisches Gewinde, einzeln lieferbar."],
    ..group("BOU", "Bevestiging", "bolt", "31161620", "Ferrado") },
    Group { per: 100, lead_days: 1, inks: &[14, 7, 6, 4, 13], values: [OHMS, ONLY], sorts: &[
        sort(["Weerstand koolfilm 0,25 W", "Carbon film resistor 0.25 W", "Résistance carbone 0,25 W", "Kohleschichtwiderstand 0,25 W"], 95),
        sort(["Weerstand metaalfilm 0,25 W", "Metal film resistor 0.25 W", "Résistance couche métal 0,25 W", "Metallschichtwiderstand 0,25 W"], 165),
        sort(["Weerstand metaalfilm 0,6 W", "Metal film resistor 0.6 W", "Résistance couche métal 0,6 W", "Metallschichtwiderstand 0,6 W"], 245),
        sort(["Weerstand draadgewonden 5 W", "Wirewound resistor 5 W", "Résistance bobinée 5 W", "Drahtwiderstand 5 W"], 2850),
        sort(["Weerstand SMD 0805", "SMD resistor 0805", "Résistance CMS 0805", "SMD-Widerstand 0805"], 49),
    ], about: ["Prijs per 100 stuks, tolerantie 1 %, op band.", "Price per 100, tolerance 1%, on tape.", "Prix par 100, tolérance 1 %, en bande.", "Preis je 100 Stück, Toleranz 1 %, gegurtet."],
    ..group("WEE", "Elektronica", "resistor", "32121607", "Voltano") },
    Group { lead_days: 2, inks: &[2, 0, 5, 4, 1], values: [VOLTS, BATTERIES], sorts: &[
        sort(["Accuboormachine", "Cordless drill", "Perceuse sans fil", "Akku-Bohrschrauber"], 12900),
        sort(["Klopboormachine", "Hammer drill", "Perceuse à percussion", "Schlagbohrmaschine"], 16900),
        sort(["Slagschroevendraaier", "Impact driver", "Visseuse à chocs", "Schlagschrauber"], 15900),
        sort(["Haakse boormachine", "Angle drill", "Perceuse d'angle", "Winkelbohrmaschine"], 18900),
        sort(["Boorhamer", "Rotary hammer", "Perforateur", "Bohrhammer"], 24900),
    ], about: ["Koolborstelvrije motor, ledlicht, drie jaar garantie.", "Brushless motor, LED light, three-year warranty.", "Moteur sans charbon, éclairage LED, garantie trois ans.", "Bürstenloser Motor, LED-Licht, drei Jahre Garantie."],
    ..group("BOO", "Gereedschap", "drill", "27112703", "Ferrado") },
    Group { lead_days: 3, inks: &[13, 14, 15, 4, 7], values: [SHOE_SIZES, ONLY], sorts: &[
        sort(["Veiligheidsschoen S3 laag", "Safety shoe S3, low", "Chaussure de sécurité S3 basse", "Sicherheitsschuh S3 niedrig"], 7490),
        sort(["Veiligheidsschoen S3 hoog", "Safety boot S3", "Chaussure de sécurité S3 haute", "Sicherheitsstiefel S3"], 8490),
        sort(["Werkschoen O2 wit", "Work shoe O2, white", "Chaussure de travail O2 blanche", "Berufsschuh O2 weiß"], 4990),
        sort(["Veiligheidslaars S5", "Safety wellington S5", "Botte de sécurité S5", "Sicherheitsgummistiefel S5"], 3990),
        sort(["Clog antislip", "Non-slip clog", "Sabot antidérapant", "Clog rutschfest"], 3490),
    ], about: ["Antislipzool SRC, ademende voering, per paar.", "SRC non-slip sole, breathable lining, per pair.", "Semelle antidérapante SRC, doublure respirante, la paire.", "Rutschhemmende Sohle SRC, atmungsaktives Futter, je Paar."],
    ..group("VEI", "Werkschoenen", "shoe", "46181605", "Tredo") },
];

#[rustfmt::skip]
const LINEN_COLOURS_AND_GREEN: &[Value] = &[
    coloured(["groen", "green", "vert", "grün"], 4), coloured(["wit", "white", "blanc", "weiß"], 15), coloured(["donkerblauw", "navy", "bleu marine", "dunkelblau"], 8),
];
const STERILITY_ONLY_TWO: &[Value] = &[
    value(["met terugslagklep", "with check valve", "avec clapet", "mit Rückschlagventil"], 1120),
    value(["standaard", "standard", "standard", "Standard"], 1000),
];
const PAPER_ORDERS: &[Value] = &[same("A4", 1000)];
#[rustfmt::skip]
const ARMS: &[Value] = &[value(["met armsteunen", "with arm rests", "avec accoudoirs", "mit Armlehnen"], 1000)];
#[rustfmt::skip]
const LIGHTS: &[Value] = &[value(["warm wit", "warm white", "blanc chaud", "warmweiß"], 1000)];

/// One article of a group.
struct Item {
    group: &'static Group,
    group_at: usize,
    at: usize,
}

impl Item {
    fn all() -> impl Iterator<Item = Item> {
        (0..).zip(&GROUPS).flat_map(|(group_at, group)| (0..GROUP_ARTICLES).map(move |at| Item { group, group_at, at }))
    }

    fn number(&self) -> String {
        format!("{}-{}", self.group.code, 1001 + self.at)
    }

    /// Sorts alternate, so that a part of a group has some of each.
    fn sort(&self) -> &'static Sort {
        &self.group.sorts[self.at % self.group.sorts.len()]
    }

    fn values(&self) -> [&'static Value; 2] {
        let rest = self.at / self.group.sorts.len();
        let [first, second] = self.group.values;
        [&first[rest % first.len()], &second[rest / first.len() % second.len()]]
    }

    fn description(&self, language: usize) -> String {
        let [first, second] = self.values().map(|value| value.words[language]);
        let sort = self.sort().words[language];
        let words = match self.group.first {
            First::Sort => [sort, first, second],
            First::Value => [first, second, sort],
        };
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// What everybody else pays, in cents. Gift vouchers cost what stands on them.
    fn shop_cents(&self) -> u64 {
        let factors: u64 = self.values().iter().map(|value| value.factor).product();
        (self.sort().cents * factors / 1_000_000).max(5)
    }

    /// The net price of the main catalogue, in cents.
    fn cents(&self) -> u64 {
        if self.group.vat == 0 {
            return self.shop_cents();
        }
        let off = 80 + (self.group_at as u64 * 17 + self.at as u64 * 5) % 140;
        (self.shop_cents() * (1000 - off) / 1000).max(4)
    }

    /// A colour where a value has one, else one of the sort; the tile changes with the first value.
    fn picture(&self) -> String {
        let ink = self.values().iter().find_map(|value| value.ink);
        let sort = self.at % self.group.sorts.len();
        let variant = match self.group.first {
            First::Value => self.at * 5 % 64,
            First::Sort => ink.or_else(|| self.group.inks.get(sort).copied()).unwrap_or((7 + self.group_at * 7 + sort * 3) % 12) + 16 * (sort % 4),
        };
        format!("{}-{variant}", self.group.motif)
    }

    /// In the range that GS1 keeps for examples (952).
    fn gtin(&self) -> String {
        with_check_digit(&format!("952{:03}{:06}", self.group_at + 1, 100 + self.at * 7))
    }
}

/// GS1: weights 1 and 3 in turn, ending with 3.
fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits.bytes().rev().zip([3, 1].into_iter().cycle()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn articles(file: &mut File) {
    for item in Item::all() {
        article(file, &item);
    }
}

fn article(file: &mut File, item: &Item) {
    let group = item.group;
    file.entry("article");
    file.texts(&[("catalogue", MAIN), ("number", &item.number()), ("unit", group.unit), ("currency", "EUR"), ("price", &decimal(item.cents()))]);
    if item.shop_cents() > item.cents() {
        file.text("shop_price", &decimal(item.shop_cents()));
    }
    if group.per > 1 {
        file.line(format_args!("price_quantity = {}", group.per));
    }
    let stock = (item.at * 37 + item.group_at * 11 + 48) % 423;
    file.line(format_args!("lead_days = {}\nstock = {stock}", group.lead_days + u32::from(stock == 0) * 10));
    let part = format!("{}{:02}{:03}", group.brand.chars().take(2).collect::<String>().to_uppercase(), item.group_at + 1, item.at + 1);
    file.texts(&[
        ("quantity_step", group.step),
        ("vat", &group.vat.to_string()),
        ("group", group.name),
        ("brand", group.brand),
        ("picture", &item.picture()),
        ("manufacturer_part", &part),
        ("unspsc", group.unspsc),
        ("gtin", &item.gtin()),
    ]);
    let texts: Vec<String> = LANGUAGES.iter().enumerate().map(|(at, language)| text(item, at, language)).collect();
    file.line(format_args!("texts = {{ {} }}", texts.join(", ")));
    match group.extra {
        Extra::Nothing => {}
        Extra::ShelfReady => file.line(format_args!("{SHELF_READY}")),
        Extra::GiftCard => file.line(format_args!("{GIFT_CARD}")),
    }
}

fn text(item: &Item, at: usize, language: &str) -> String {
    let description = item.description(at);
    let long = format!("{description}. {} {}: {}.", item.group.about[at], BRAND_WORD[at], item.group.brand);
    format!("{language} = {{ description = {}, long_text = {} }}", quoted(&description), quoted(&long))
}

const SHELF_READY: &str = r#"options = [{ id = "shelf-ready", name = "Uitleenklaar maken (folie, RFID)", price = "2.35" }, { id = "label", name = "Rugetiket met tekst", price = "0.28", text_max = 24 }]"#;
const GIFT_CARD: &str = r#"options = [{ id = "gift-card", name = "Kaart met persoonlijke tekst", price = "1.95", text_max = 240 }, { id = "logo", name = "Bedrijfslogo op de kaart", price = "0.75", logo = true }]"#;

/// Own prices of each buyer: in its groups every so many articles, until there are this many.
const OWN_PRICES: usize = 200;

fn prices(file: &mut File) {
    for buyer in &BUYERS {
        let every = buyer.own_prices.len() * GROUP_ARTICLES / OWN_PRICES;
        let items = Item::all().filter(|item| buyer.own_prices.contains(&item.group.code));
        for item in items.step_by(every.max(1)).take(OWN_PRICES) {
            let price = decimal((item.cents() * (1000 - buyer.off) / 1000).max(3));
            file.entry("price");
            file.texts(&[("catalogue", buyer.id), ("article", &item.number()), ("price", &price)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::finding::Findings;
    use crate::wire::setup;

    const URL: &str = "http://127.0.0.1:8080/";

    /// Everything but the articles, which come last and take the time.
    fn head(url: &str) -> setup::Setup {
        let text = super::setup(url);
        let end = text.find("[[article]]").expect("there are articles");
        let (file, findings) = setup::read(&text[..end]);
        assert_eq!(findings, Findings::default());
        file
    }

    #[test]
    fn reads_without_findings_and_is_complete() {
        let text = super::setup(URL);
        let (file, findings) = setup::read(&text);
        assert_eq!(findings, Findings::default());
        assert_eq!((file.suppliers.len(), file.buyers.len(), file.catalogues.len(), file.connections.len(), file.credentials.len()), (1, 3, 4, 3, 3));
        assert_eq!(file.people.len(), 3 * 5 + 2 + 1);
        assert_eq!(file.prices.len(), 3 * OWN_PRICES);
        assert_eq!(file.articles.len(), ARTICLES);
        let distinct = |pick: fn(&crate::wire::settings::ArticleSettings) -> String| {
            file.articles.iter().map(|at| pick(&at.value.1)).collect::<BTreeSet<String>>().len()
        };
        assert_eq!(distinct(|a| a.number.clone()), ARTICLES);
        assert_eq!(distinct(|a| a.gtin.clone()), ARTICLES);
        for language in LANGUAGES {
            let texts: BTreeSet<&str> = file.articles.iter().map(|at| at.value.1.texts[language].description.as_str()).collect();
            assert_eq!(texts.len(), ARTICLES, "{language}");
        }
        assert_eq!(text, super::setup(URL));
    }

    #[test]
    fn what_refers_to_something_finds_it() {
        let file = head(URL);
        let numbers: BTreeSet<String> = Item::all().map(|item| item.number()).collect();
        let prices: BTreeSet<(&str, &str)> = file.prices.iter().map(|at| (at.value.catalogue.as_str(), at.value.article.as_str())).collect();
        assert_eq!(prices.len(), file.prices.len());
        assert!(prices.iter().all(|(_, article)| numbers.contains(*article)));
        for buyer in &BUYERS {
            assert!(buyer.own_prices.iter().all(|code| GROUPS.iter().any(|group| group.code == *code)), "{}", buyer.id);
            assert!(buyer.branch.is_empty() || buyer.codes.iter().any(|(kind, code, _)| (*kind, *code) == ("branch", buyer.branch)));
        }
    }

    #[test]
    fn every_group_has_enough_variants() {
        let codes: BTreeSet<&str> = GROUPS.iter().map(|group| group.code).collect();
        assert_eq!(codes.len(), GROUPS.len());
        for group in &GROUPS {
            let [first, second] = group.values;
            assert!(group.sorts.len() * first.len() * second.len() >= GROUP_ARTICLES, "{}", group.code);
            assert!(group.about.iter().all(|text| !text.is_empty()), "{}", group.code);
        }
    }

    #[test]
    fn baskets_may_return_to_the_demo_itself() {
        for (url, origin, http) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("http://127.0.0.1:8080/x?y", "http://127.0.0.1:8080", true),
            ("https://demo.example/", "https://demo.example", false),
        ] {
            for at in &head(url).connections {
                let settings = &at.value.settings;
                assert_eq!(settings.return_origins.as_ref().map(|all| all[0].as_str()), Some(origin));
                assert_eq!(settings.frame_origins, settings.return_origins);
                assert_eq!(settings.allow_http_return, Some(http));
            }
        }
    }

    #[test]
    fn check_digits() {
        assert_eq!(with_check_digit("400638133393"), "4006381333931");
        let iban = SUPPLIER_FIELDS.iter().find(|(key, _)| *key == "iban").map(|(_, value)| *value).expect("in the table");
        let turned = format!("{}{}", &iban[4..], &iban[..4]);
        let rest =
            turned.chars().filter_map(|c| c.to_digit(36)).fold(0u32, |rest, n| if n > 9 { (rest * 100 + n) % 97 } else { (rest * 10 + n) % 97 });
        assert_eq!(rest, 1);
    }
}
