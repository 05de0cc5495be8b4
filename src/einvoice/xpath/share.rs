//! Finds what is the same for a whole document, whatever node a rule is about, and has it worked out once. Never changes what an expression says.

use std::collections::HashMap;

use super::expr::{Expr, Start, Step};
use super::functions::Function;

/// What was found so far, by content.
#[derive(Debug, Default)]
pub struct Sharing {
    numbers: HashMap<Expr, u32>,
}

impl Sharing {
    /// Replaces what can be shared. Of a rule that is about the document element alone, `at_element`, paths from there are the same for all, too.
    pub fn share(&mut self, expr: &mut Expr, at_element: bool, shared: &mut Vec<Expr>) {
        if at_element {
            from_element(expr);
        }
        self.visit(expr, shared);
    }

    /// The same for an expression that is shared already: only what is inside.
    pub fn share_inside(&mut self, expr: &mut Expr, shared: &mut Vec<Expr>) {
        for inner in expr.inner_mut() {
            self.share_nested(inner, shared);
        }
    }

    /// What is inside may look at another node, so it is only visited.
    fn share_nested(&mut self, expr: &mut Expr, shared: &mut Vec<Expr>) {
        self.visit(expr, shared);
    }

    fn visit(&mut self, expr: &mut Expr, shared: &mut Vec<Expr>) -> bool {
        let mut closed = match expr {
            Expr::Here | Expr::Variable(_) | Expr::Exactly(_) | Expr::Local(_) | Expr::Parameter(_) => false,
            Expr::Path(start, _) => **start != Start::Here,
            Expr::Call(function, _) => !matches!(function, Function::Last | Function::Position | Function::Blank),
            _ => true,
        };
        // What stands in a predicate or after a "/" looks at another node than the whole; it makes no difference to what the whole depends on,
        // unless it holds a variable.
        match expr {
            Expr::Path(start, steps) => {
                if let Start::At(inner) = start.as_mut() {
                    closed &= self.visit(inner, shared);
                }
                for step in steps {
                    match step {
                        Step::Axis(_, _, predicates) | Step::Keyed(_, _, predicates) => {
                            for predicate in predicates {
                                self.visit(predicate, shared);
                                closed &= !is_bound(predicate);
                            }
                        }
                        Step::Each(each) => {
                            self.visit(each, shared);
                            closed &= !is_bound(each);
                        }
                    }
                }
            }
            Expr::Filter(inner, predicates) => {
                closed &= self.visit(inner, shared);
                for predicate in predicates {
                    self.visit(predicate, shared);
                    closed &= !is_bound(predicate);
                }
            }
            Expr::Every(number, over, body) | Expr::Some(number, over, body) | Expr::For(number, over, body) => {
                let number = *number;
                closed &= self.visit(over, shared);
                self.visit(body, shared);
                closed &= !depends(body, &mut vec![number]);
            }
            _ => {
                for inner in expr.inner_mut() {
                    closed &= self.visit(inner, shared);
                }
            }
        }
        if closed && is_costly(expr) {
            let number = *self.numbers.entry(expr.clone()).or_insert_with(|| {
                shared.push(expr.clone());
                (shared.len() - 1) as u32
            });
            *expr = Expr::Shared(number);
        }
        closed
    }
}

/// Puts back what turned out to be asked for only once: to keep an answer costs more than to find a small one. `once` are the expressions that are
/// evaluated once for a document, `often` the others.
pub fn put_back<'e>(mut once: Vec<&'e mut Expr>, mut often: Vec<&'e mut Expr>, shared: &mut Vec<Expr>) {
    let mut asked = vec![0_u32; shared.len()];
    once.iter_mut().chain(&mut often).for_each(|expr| count(expr, &mut asked));
    shared.iter_mut().for_each(|expr| count(expr, &mut asked));
    let mut bodies: Vec<Option<Expr>> = std::mem::take(shared).into_iter().map(Some).collect();
    for expr in &mut once {
        put_back_into(expr, &asked, &mut bodies);
    }
    for number in 0..bodies.len() {
        let mut body = bodies[number].take();
        body.iter_mut().for_each(|body| put_back_into(body, &asked, &mut bodies));
        bodies[number] = body;
    }
    // The others move together.
    let mut numbers = Vec::new();
    for body in bodies {
        numbers.push(shared.len() as u32);
        shared.extend(body);
    }
    once.iter_mut().chain(&mut often).for_each(|expr| renumber(expr, &numbers));
    shared.iter_mut().for_each(|expr| renumber(expr, &numbers));
}

fn count(expr: &mut Expr, asked: &mut [u32]) {
    if let Expr::Shared(number) = expr {
        asked[*number as usize] += 1;
    }
    expr.inner_mut().into_iter().for_each(|inner| count(inner, asked));
}

fn renumber(expr: &mut Expr, numbers: &[u32]) {
    if let Expr::Shared(number) = expr {
        *number = numbers[*number as usize];
    }
    expr.inner_mut().into_iter().for_each(|inner| renumber(inner, numbers));
}

fn put_back_into(expr: &mut Expr, asked: &[u32], bodies: &mut [Option<Expr>]) {
    if let Expr::Shared(number) = expr
        && asked[*number as usize] == 1
        && let Some(body) = bodies[*number as usize].take()
    {
        *expr = body;
    }
    asked_once(expr).into_iter().for_each(|inner| put_back_into(inner, asked, bodies));
}

/// Puts the values that rules name, and ask for only once, where they are asked for, unless another node is looked at there.
pub fn put_back_locals(exprs: Vec<&mut Expr>, locals: &[Expr]) {
    let mut exprs = exprs;
    let mut asked = vec![0_u32; locals.len()];
    let mut bodies = locals.to_vec();
    exprs.iter_mut().for_each(|expr| count_locals(expr, &mut asked));
    bodies.iter_mut().for_each(|body| count_locals(body, &mut asked));
    for expr in exprs {
        put_back_local(expr, &asked, locals);
    }
}

fn count_locals(expr: &mut Expr, asked: &mut [u32]) {
    if let Expr::Local(number) = expr {
        asked[*number as usize] += 1;
    }
    expr.inner_mut().into_iter().for_each(|inner| count_locals(inner, asked));
}

fn put_back_local(expr: &mut Expr, asked: &[u32], locals: &[Expr]) {
    if let Expr::Local(number) = expr
        && asked[*number as usize] == 1
    {
        *expr = locals[*number as usize].clone();
    }
    asked_once(expr).into_iter().for_each(|inner| put_back_local(inner, asked, locals));
}

/// What is evaluated no more often than the expression that it stands in: no condition on a path, no body of a loop.
fn asked_once(expr: &mut Expr) -> Vec<&mut Expr> {
    match expr {
        Expr::Path(start, _) => match start.as_mut() {
            Start::At(inner) => vec![inner],
            _ => vec![],
        },
        Expr::Filter(inner, _) => vec![inner],
        Expr::Every(_, over, _) | Expr::Some(_, over, _) | Expr::For(_, over, _) => vec![over],
        Expr::Call(Function::Repeated | Function::OccurringAgain, arguments) => arguments.iter_mut().take(1).collect(),
        other => other.inner_mut(),
    }
}

/// Whether there is anything to save.
fn is_costly(expr: &Expr) -> bool {
    // Nodes themselves are not kept: who asks for them often wants to stop at the first, and what lies behind it may have no answer.
    !matches!(expr, Expr::Text(_) | Expr::Number(_) | Expr::Truth(_) | Expr::Shared(_) | Expr::Here)
        && !matches!(expr, Expr::Path(..) | Expr::Filter(..) | Expr::Union(..) | Expr::For(..))
        && !matches!(expr, Expr::Sequence(all) if all.iter().all(|inner| !is_costly(inner)))
        && !matches!(expr, Expr::Not(inner) if !is_costly(inner))
}

/// Whether it holds a variable that is bound outside of it, or the node of the rule.
pub(super) fn is_bound(expr: &mut Expr) -> bool {
    depends_on_variables(expr, &mut Vec::new())
}

fn depends_on_variables(expr: &mut Expr, own: &mut Vec<u32>) -> bool {
    match expr {
        Expr::Variable(number) | Expr::Exactly(number) => return !own.contains(number),
        Expr::Local(_) | Expr::Parameter(_) => return true,
        Expr::Every(number, ..) | Expr::Some(number, ..) | Expr::For(number, ..) => own.push(*number),
        _ => {}
    }
    expr.inner_mut().into_iter().any(|inner| depends_on_variables(inner, own))
}

/// The same for the body of a loop, which sees the node as the loop does.
fn depends(body: &mut Expr, own: &mut Vec<u32>) -> bool {
    match body {
        Expr::Here => return true,
        Expr::Path(start, _) if **start == Start::Here => return true,
        Expr::Path(..) | Expr::Filter(..) => return depends_on_variables(body, own) || starts_here(body),
        Expr::Variable(number) | Expr::Exactly(number) => return !own.contains(number),
        Expr::Local(_) | Expr::Parameter(_) => return true,
        Expr::Every(number, ..) | Expr::Some(number, ..) | Expr::For(number, ..) => own.push(*number),
        _ => {}
    }
    body.inner_mut().into_iter().any(|inner| depends(inner, own))
}

fn starts_here(expr: &mut Expr) -> bool {
    match expr {
        Expr::Path(start, _) => match start.as_mut() {
            Start::Here => true,
            Start::At(inner) => depends(inner, &mut Vec::new()),
            Start::Root | Start::Element => false,
        },
        Expr::Filter(inner, _) => depends(inner, &mut Vec::new()),
        _ => false,
    }
}

/// Makes paths from the node of the rule paths from the document element, outside of predicates, where "here" is another node.
fn from_element(expr: &mut Expr) {
    match expr {
        Expr::Here => *expr = Expr::path(Start::Element, Vec::new()),
        Expr::Path(start, _) => match start.as_mut() {
            here @ Start::Here => *here = Start::Element,
            Start::At(inner) => from_element(inner),
            Start::Root | Start::Element => {}
        },
        Expr::Filter(inner, _) => from_element(inner),
        // Its second argument is asked of each node of the first.
        Expr::Call(Function::Repeated | Function::OccurringAgain, arguments) => arguments.iter_mut().take(1).for_each(from_element),
        other => other.inner_mut().into_iter().for_each(from_element),
    }
}
