//! Makes expressions ready to be evaluated often: finds the paths that are nothing but names, and what several rules ask of the same node. Runs
//! once for a set of rules, after `share`. Never changes what an expression says.

use std::collections::HashMap;

use super::expr::{Axis, Expr, Named, Operation, Origin, Plain, Program, Start, Step, Test};
use super::functions::Function;
use super::share::is_bound;
use super::steps::positional;
use super::value::Relation;
use crate::einvoice::xml::Name;

/// How often each condition and text is asked, and the notes of those that are noted.
#[derive(Debug, Default)]
pub struct Ready {
    asked: HashMap<Expr, u32>,
    /// How often each attribute is compared with a word.
    attributes: HashMap<Expr, u32>,
    noted: HashMap<Expr, Expr>,
    /// Texts by which elements of a name are looked for.
    pub keys: Vec<(Name, Expr)>,
}

impl Ready {
    /// Finds paths of names in an expression, and counts what it asks.
    pub fn prepare(&mut self, expr: &mut Expr) {
        self.shape(expr);
        self.count(expr);
    }

    /// Makes the paths inside an expression, and itself, paths of names where they are.
    fn shape(&mut self, expr: &mut Expr) {
        if let Expr::Every(number, over, body) | Expr::Some(number, over, body) | Expr::For(number, over, body) = expr {
            self.shape(over);
            if over.is_exact_operand() {
                bind_exactly(*number, body);
            }
        }
        expr.inner_mut().into_iter().for_each(|inner| self.shape(inner));
        if let Expr::Filter(inner, conditions) = expr
            && let Expr::Plain(plain) = inner.as_mut()
            && plain.attribute.is_none()
            && let Some(last) = plain.names.last_mut()
            && conditions.iter().all(never_fails)
        {
            last.conditions.append(conditions);
            plain.look();
            *expr = std::mem::replace(inner.as_mut(), Expr::Here);
        }
        if let Expr::Arithmetic(operation, a, b) = expr
            && a.is_exact_operand()
            && b.is_exact_operand()
        {
            *expr = Expr::Exact(*operation, Box::new(std::mem::replace(a, Expr::Here)), Box::new(std::mem::replace(b, Expr::Here)));
        }
        if let Expr::Path(start, steps) = expr {
            self.key(start, steps);
            let pieces = pieces(steps);
            match path_of_names(start, steps) {
                Some(found) => *expr = found,
                None if pieces && **start == Start::Here && steps.len() == 1 => *expr = Expr::Pieces,
                None => {
                    if let Some(last) = steps.last_mut().filter(|_| pieces) {
                        *last = Step::Axis(Axis::Child, Test::Text, Vec::new());
                    }
                }
            }
        }
    }

    /// Has elements found by a key where a path looks through the whole document for those of which a text is a word.
    fn key(&mut self, start: &Start, steps: &mut [Step]) {
        let whole = matches!(start, Start::Root | Start::Element);
        if let Some(Step::Axis(Axis::Descendant, Test::Name(name), predicates)) = steps.first_mut()
            && whole
            && !predicates.iter().any(Expr::is_position)
            && let Some(Expr::Compare(Relation::Equal, text, word)) = predicates.first_mut()
            && let Expr::Text(word) = word.as_ref()
            && text.is_text()
            && depends_on_node(text)
        {
            let key = (*name, text.as_ref().clone());
            let number = self.keys.iter().position(|known| *known == key).unwrap_or(self.keys.len());
            if number == self.keys.len() {
                self.keys.push(key);
            }
            let word = word.clone();
            steps[0] = Step::Keyed(number as u32, word, predicates.split_off(1));
        }
    }

    fn count(&mut self, expr: &mut Expr) {
        if let Some(text) = attribute_text(expr) {
            *self.attributes.entry(text.clone()).or_default() += 1;
            return;
        }
        if is_worth_noting(expr) {
            let asked = self.asked.entry(expr.clone()).or_default();
            *asked += 1;
            if *asked > 1 {
                return;
            }
        }
        expr.inner_mut().into_iter().for_each(|inner| self.count(inner));
    }

    /// Puts a note in place of what is asked more than once.
    pub fn note(&mut self, expr: &mut Expr, program: &mut Program) {
        if let Some(text) = attribute_text(expr) {
            if self.attributes.get(text).is_some_and(|asked| *asked > 1) {
                *text = self.noted(text, program);
            }
            return;
        }
        if self.asked.get(expr).is_some_and(|asked| *asked > 1) {
            *expr = self.noted(expr, program);
            return;
        }
        expr.inner_mut().into_iter().for_each(|inner| self.note(inner, program));
    }

    /// Makes comparisons of frequent forms such. To be called when all is noted.
    pub fn settle(expr: &mut Expr) {
        expr.inner_mut().into_iter().for_each(Ready::settle);
        let take = |expr: &mut Box<Expr>| std::mem::replace(expr, Box::new(Expr::Here));
        let (relation, a, b) = match expr {
            Expr::Compare(relation, a, b) => (relation, a, b),
            // Both are one number, so it makes no difference how they are compared.
            Expr::CompareOne(relation, a, b) if is_small(a) && matches!(b.as_ref(), Expr::Number(_)) => (relation, a, b),
            _ => return,
        };
        let is_small = is_small(a);
        let settled = match b.as_mut() {
            Expr::Number(number) if is_small && number.whole().is_some() => {
                Expr::CompareSmall(*relation, take(a), number.whole().unwrap_or_default())
            }
            Expr::Text(word) if a.is_text() => Expr::CompareText(*relation, take(a), std::mem::take(word)),
            other if a.is_exact() && other.is_exact() => Expr::CompareExact(*relation, take(a), take(b)),
            _ => return,
        };
        *expr = settled;
    }

    /// The note of an expression.
    fn noted(&mut self, expr: &Expr, program: &mut Program) -> Expr {
        if let Some(noted) = self.noted.get(expr) {
            return noted.clone();
        }
        let mut body = expr.clone();
        body.inner_mut().into_iter().for_each(|inner| self.note(inner, program));
        let (bodies, note): (_, fn(u32) -> Expr) = if expr.is_computed() && body.is_exact() {
            (&mut program.decimals, Expr::NotedDecimal)
        } else if expr.is_computed() {
            (&mut program.numbers, Expr::NotedNumber)
        } else if expr.is_text() || is_attribute(expr) {
            (&mut program.texts, Expr::NotedText)
        } else {
            (&mut program.notes, Expr::Noted)
        };
        let noted = note(bodies.len() as u32);
        bodies.push(body);
        self.noted.insert(expr.clone(), noted.clone());
        noted
    }
}

/// Notes in the body of a loop that what it runs over is exact numbers.
fn bind_exactly(number: u32, body: &mut Expr) {
    match body {
        Expr::Variable(bound) if *bound == number => *body = Expr::Exactly(number),
        // Inside it is another.
        Expr::Every(bound, over, _) | Expr::Some(bound, over, _) | Expr::For(bound, over, _) if *bound == number => {
            return bind_exactly(number, over);
        }
        _ => {}
    }
    body.inner_mut().into_iter().for_each(|inner| bind_exactly(number, inner));
}

/// Has the text at the end of a path be a value of each element there, where no other elements can stand between. Whether it does.
fn pieces(steps: &mut [Step]) -> bool {
    let Some((last @ Step::Axis(Axis::Child, Test::Text, _), before)) = steps.split_last_mut() else { return false };
    let goes_down = |step: &Step| matches!(step, Step::Axis(Axis::Child, Test::Name(_), _));
    if !matches!(last, Step::Axis(_, _, conditions) if conditions.is_empty()) || !before.iter().all(goes_down) {
        return false;
    }
    *last = Step::Each(Expr::Pieces);
    true
}

fn path_of_names(start: &mut Start, steps: &mut [Step]) -> Option<Expr> {
    // The one element directly below the document is the document element.
    let at_element = matches!((&*start, &*steps), (Start::Root, [Step::Axis(Axis::Child, Test::Any, predicates), ..]) if predicates.is_empty());
    let steps = if at_element { &mut steps[1..] } else { steps };
    let origin = match start {
        Start::Here if steps.is_empty() || matches!(steps, [Step::Each(_)]) => return None,
        Start::Here => Origin::Here,
        Start::Root if at_element => Origin::Element,
        Start::Root => Origin::Root,
        Start::Element => Origin::Element,
        Start::At(Expr::Plain(head)) => return goes_on(head, steps),
        Start::At(_) => return None,
    };
    if !are_names(steps) {
        return None;
    }
    Some(with_steps(Plain::from(origin), steps))
}

/// A path of names that goes on, further down.
fn goes_on(head: &mut Plain, steps: &mut [Step]) -> Option<Expr> {
    let goes_down = |step: &Step| matches!(step, Step::Axis(Axis::Child | Axis::Attribute, ..) | Step::Each(_));
    if head.attribute.is_some() || head.deep || !steps.iter().all(goes_down) || !are_names(steps) {
        return None;
    }
    Some(with_steps(std::mem::replace(head, Plain::from(Origin::Here)), steps))
}

fn with_steps(mut plain: Plain, steps: &mut [Step]) -> Expr {
    for step in steps {
        match step {
            Step::Axis(Axis::Parent, ..) => plain.up += 1,
            Step::Axis(Axis::Attribute, Test::Name(name), _) => plain.attribute = Some(*name),
            Step::Axis(axis, Test::Name(name), conditions) => {
                plain.deep |= *axis == Axis::Descendant;
                plain.names.push(Named { name: *name, conditions: std::mem::take(conditions) });
            }
            Step::Each(each) => {
                plain.look();
                return Expr::Map(plain, Box::new(std::mem::replace(each, Expr::Here)));
            }
            Step::Axis(..) | Step::Keyed(..) => {}
        }
    }
    plain.look();
    Expr::Plain(plain)
}

/// Whether it is how often or how long something is, or the sum of such.
fn is_small(expr: &Expr) -> bool {
    match expr {
        Expr::Call(Function::Count | Function::Length, arguments) => arguments.len() == 1,
        Expr::Arithmetic(Operation::Add, a, b) => is_small(a) && is_small(b),
        _ => false,
    }
}

/// Whether a condition has an answer for every node. Then it makes no difference of how many it is asked.
fn never_fails(condition: &Expr) -> bool {
    match condition {
        Expr::Plain(plain) => plain.names.iter().flat_map(|named| &named.conditions).all(never_fails),
        Expr::Compare(Relation::Equal | Relation::NotEqual, value, word) => {
            matches!(value.as_ref(), Expr::Plain(_)) && never_fails(value) && matches!(word.as_ref(), Expr::Text(_))
        }
        Expr::Not(inner) => never_fails(inner),
        Expr::And(all) | Expr::Or(all) => all.iter().all(never_fails),
        _ => false,
    }
}

/// Whether steps go up, then down by names, and then perhaps to an attribute or a value of each node.
fn are_names(steps: &[Step]) -> bool {
    let deep = matches!(steps.first(), Some(Step::Axis(Axis::Descendant, ..)));
    steps.iter().enumerate().all(|(place, step)| {
        let is_last = place + 1 == steps.len();
        match step {
            Step::Axis(Axis::Parent, Test::Node, predicates) => {
                let goes_up = |step: &Step| matches!(step, Step::Axis(Axis::Parent, ..));
                predicates.is_empty() && steps[..place].iter().all(goes_up)
            }
            Step::Axis(Axis::Child, Test::Name(_), predicates) => !positional(predicates),
            Step::Axis(Axis::Descendant, Test::Name(_), predicates) => place == 0 && !positional(predicates),
            Step::Axis(Axis::Attribute, Test::Name(_), predicates) => is_last && predicates.is_empty(),
            // Below nested elements of one name others may come in another order than that of the document.
            Step::Each(_) => is_last && !(deep && place > 1),
            Step::Axis(..) | Step::Keyed(..) => false,
        }
    })
}

/// Whether it is an attribute of the node itself.
fn is_attribute(expr: &Expr) -> bool {
    matches!(expr, Expr::Plain(plain) if plain.is_attribute())
}

/// The attribute that a condition compares with a word. Nobody has two of a name, and one that is not there is no word, so it is one text.
fn attribute_text(expr: &mut Expr) -> Option<&mut Expr> {
    let Expr::Compare(Relation::Equal, attribute, word) = expr else { return None };
    (is_attribute(attribute) && matches!(word.as_ref(), Expr::Text(word) if !word.is_empty())).then_some(attribute)
}

/// Whether the answer costs more than to look up a note, and depends on nothing but the node.
fn is_worth_noting(expr: &mut Expr) -> bool {
    is_costly(expr) && depends_on_node(expr)
}

/// Whether it depends on nothing but the node.
fn depends_on_node(expr: &mut Expr) -> bool {
    !is_bound(expr) && !counts(expr)
}

fn is_costly(expr: &Expr) -> bool {
    match expr {
        Expr::Compare(_, text, word) => !(text.is_text() && matches!(word.as_ref(), Expr::Text(_))),
        Expr::Not(inner) => is_costly(inner),
        Expr::Call(Function::Exists | Function::Empty | Function::Blank | Function::Text | Function::Name | Function::LocalName, _) => false,
        other => (other.is_condition() || other.is_text() || other.is_computed()) && !matches!(other, Expr::Truth(_)),
    }
}

/// Whether a place in a sequence plays a part.
fn counts(expr: &mut Expr) -> bool {
    matches!(expr, Expr::Call(Function::Last | Function::Position, _)) || expr.inner_mut().into_iter().any(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::einvoice::structure::{UBL, lookup};
    use crate::einvoice::xml::Document;
    use crate::einvoice::xpath::{Definition, Evaluation, Focus, Names, Sure, parse};

    /// Elements and attributes alone.
    struct Words;

    impl Names for Words {
        fn name(&mut self, word: &str, attribute: bool) -> Option<Name> {
            if attribute { UBL.vocabulary.name(0, word) } else { lookup(&UBL, word) }
        }

        fn definition(&self, _: &str) -> Option<&Definition> {
            None
        }

        fn variable(&self, _: &str) -> Option<Expr> {
            None
        }

        fn list(&self, _: &str) -> Option<u32> {
            None
        }

        fn regex(&mut self, _: &str) -> Option<u32> {
            None
        }
    }

    /// Two schemes, no scheme, two identifiers of one category, a nested one, numbers that are none.
    const DOCUMENT: &str = r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
        xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
        xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><cbc:ID schemeID="a">1</cbc:ID>
        <cac:TaxTotal><cac:TaxSubtotal><cbc:TaxAmount currencyID="EUR">1.50</cbc:TaxAmount>
          <cac:TaxCategory><cbc:ID> S </cbc:ID><cbc:Percent>21</cbc:Percent><cac:TaxScheme><cbc:ID>vat</cbc:ID></cac:TaxScheme></cac:TaxCategory>
          <cac:TaxCategory><cbc:ID>E</cbc:ID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme><cac:TaxScheme/></cac:TaxCategory>
          <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:ID>E</cbc:ID><cbc:Percent>-0.0</cbc:Percent>
            <cac:TaxCategory><cbc:ID>Z</cbc:ID></cac:TaxCategory><cbc:Percent>many</cbc:Percent></cac:TaxCategory>
        </cac:TaxSubtotal></cac:TaxTotal></Invoice>"#;

    const EXPRESSIONS: [&str; 69] = [
        "../ID = 'S'",
        "../../TaxAmount/@currencyID = 'EUR'",
        "..",
        "ID/../Percent >= 0",
        "@schemeID/../../ID = '1' or @currencyID/../TaxAmount",
        "@schemeID = 'a'",
        "ID/@schemeID = 'a'",
        "contains(string-join(@schemeID, ' '), 'a') or not(@schemeID = 'a') and @schemeID = 'b'",
        "ID",
        "ID/@schemeID",
        "@currencyID = 'EUR'",
        "/Invoice/ID = '1'",
        "//TaxCategory/ID = 'E'",
        "//TaxCategory/ID/@schemeID",
        "count(//TaxCategory/ID) = 5",
        "//TaxCategory/ID[1] = 'Z'",
        "exists(//TaxCategory[normalize-space(ID) = 'S'])",
        "exists(//TaxCategory[normalize-space(ID) = 'S'][Percent = 21])",
        "exists(//TaxCategory[normalize-space(ID) = 'E'][TaxScheme/ID = 'none'])",
        "exists(//TaxCategory[normalize-space(ID) = 'K'])",
        "count(//TaxCategory[normalize-space(ID) = 'S']) = 1",
        "//TaxCategory[normalize-space(ID) = 'S']/Percent = 21",
        "TaxScheme/normalize-space(upper-case(ID)) = 'VAT'",
        "TaxCategory[TaxScheme/(normalize-space(ID) = 'VAT')]",
        "TaxScheme/(normalize-space(ID) = 'VAT')",
        "//TaxCategory/normalize-space(ID) = 'E'",
        "normalize-space(ID) = 'S' and normalize-space(ID) != 'E'",
        "Percent >= 0",
        "decimal(Percent) = 21",
        "decimal(Percent) + 1 > decimal(Percent)",
        "not(Percent) or decimal(Percent) * 2 > 4 and not(decimal(Percent) * 2 > 4)",
        "sum(//TaxCategory/decimal(Percent)) > 0",
        "string-length(substring-after(TaxAmount, '.')) <= 2",
        "if (/Invoice) then TaxAmount > 1 else ID",
        "/*/ID = '1'",
        "/*/TaxTotal/TaxSubtotal/TaxCategory[ID = 'E']/TaxScheme",
        "(TaxSubtotal/TaxCategory)[ID = 'S']/Percent >= 0",
        "(TaxSubtotal/TaxCategory)[Percent >= 0][ID = 'S']",
        "count(TaxCategory) <= 3 and count(ID) <= 1",
        "count(/*/TaxTotal) <= 1 and count(//Percent) <= 2",
        "count(TaxCategory[ID = 'S']/Percent) = 3",
        "string-length(ID) > 2",
        "round(decimal(Percent) * 100) div 100 = 21",
        "decimal(Percent) * 2 = decimal(Percent) + decimal(Percent)",
        "sum(TaxCategory/decimal(Percent)) = 21",
        "sum(TaxCategory[ID = 'none']/decimal(Percent)) * 2 = 0",
        "abs(decimal(TaxAmount)) >= 1.5",
        "if (Percent) then decimal(Percent) > 1 else decimal(ID) = 1",
        "text()",
        "ID/text() = 'E'",
        "//TaxCategory/ID/text() = 'Z'",
        "string-length(text()) = 1 or normalize-space(text()) = 'S'",
        "@currencyID/../text() = '1.50'",
        "count(TaxScheme) eq 1",
        "count(//TaxCategory/ID) + count(//ID) > 2",
        "normalize-space(ID) != ''",
        "every $rate in decimal(Percent) satisfies $rate * 2 > 4 and TaxScheme/ID or decimal(Percent) = $rate",
        "every $id in ID satisfies $id = 'S' or $id = 'E'",
        "some $rate in TaxCategory/decimal(Percent) satisfies $rate + 1 = 22",
        "some $id in TaxCategory/ID satisfies ID = $id or ../ID = $id",
        "every $scheme in (//ID/@schemeID, 'b') satisfies @schemeID != $scheme or ID/@schemeID = $scheme",
        "round(TaxCategory/decimal(Percent)) = 21 or round(TaxCategory/decimal(Percent)) > 20",
        "sum((TaxSubtotal/TaxCategory | TaxCategory)/decimal(Percent)) = 21",
        "sum((TaxCategory)[Percent = 21]/decimal(Percent)) = 21",
        "TaxSubtotal/decimal(TaxAmount) + 1 = 2.5",
        "ancestor::TaxTotal/TaxSubtotal",
        "not(Note) and not(@listID) and not(ID/@listID)",
        "string-length(substring-after(Note, '.')) <= 2 or count(Note) <= 0 or count(ID) <= 1",
        "if (Note and ID) then ID = '1' else true()",
    ];

    #[test]
    fn an_expression_that_is_ready_says_what_it_said_before() {
        let document = Document::parse(DOCUMENT.as_bytes(), &UBL.vocabulary).expect("a document");
        for text in EXPRESSIONS {
            let before = parse(text, &mut Words).expect(text);
            let (mut ready, mut after, mut program) = (Ready::default(), before.clone(), Program::default());
            ready.prepare(&mut after);
            // Asked twice, so that it is noted where that is worth it.
            ready.prepare(&mut after.clone());
            ready.note(&mut after, &mut program);
            let noted = program.notes.iter_mut().chain(&mut program.texts).chain(&mut program.numbers).chain(&mut program.decimals);
            noted.chain(std::iter::once(&mut after)).for_each(Ready::settle);
            program.keys = std::mem::take(&mut ready.keys);
            let nothing = Program::default();
            let (plainly, readily) = (Evaluation::new(&document, &nothing), Evaluation::new(&document, &program));
            for node in 0..document.count() {
                let focus = Focus::on(node);
                assert_eq!(readily.truth(&after, &focus), plainly.truth(&before, &focus), "{text} at {node}");
                assert_eq!(readily.truth(&after, &focus), plainly.truth(&before, &focus), "{text} at {node}, asked again");
                if readily.is_sure(Sure::of(&after)) {
                    assert_eq!(plainly.truth(&before, &focus), Ok(true), "{text} at {node}");
                }
            }
        }
    }
}
