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
            Expr::Here | Expr::Variable(_) | Expr::Local(_) | Expr::Parameter(_) => false,
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
        Expr::Variable(number) => return !own.contains(number),
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
        Expr::Variable(number) => return !own.contains(number),
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
