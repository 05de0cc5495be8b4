//! Lists of codes: whether a text of the document is in one. Never reads a list.

use std::borrow::Cow;

use super::compute::normalized;
use super::eval::{Evaluation, Focus};
use super::expr::Expr;
use super::value::Answer;
use crate::einvoice::xml::same;

/// What no document says, since XML does not allow it.
pub(super) const NO_TEXT: &str = "\0";

impl<'d> Evaluation<'d> {
    /// Whether the one value, with its white space put in order, is in a list.
    pub(super) fn coded(&self, value: &'d Expr, list: u32, focus: &Focus<'_, 'd>) -> Answer<bool> {
        let text = normalized(self.text(value, focus)?);
        Ok(self.is_listed(list, text))
    }

    /// Whether some value is.
    pub(super) fn among(&self, value: &'d Expr, list: u32, focus: &Focus<'_, 'd>) -> Answer<bool> {
        if let Expr::Plain(plain) = value {
            return self.some_place(plain, focus, |place| Ok(self.is_listed(list, self.text_at(place))));
        }
        if value.is_text() {
            return Ok(self.is_listed(list, self.text(value, focus)?));
        }
        let mut any = false;
        self.each_loosely(value, focus, &mut |item| {
            any = self.is_listed(list, item.string(self.document));
            Ok(!any)
        })?;
        Ok(any)
    }

    /// Whether a text is in a list. Mostly it is the one that was looked for last.
    fn is_listed(&self, list: u32, text: Cow<'d, str>) -> bool {
        let (last, known) = self.listed[list as usize].get();
        if same(last, &text) {
            return known;
        }
        let answer = self.program.lists[list as usize].contains(text.as_ref());
        if let Cow::Borrowed(text) = text {
            self.listed[list as usize].set((text, answer));
        }
        answer
    }
}
