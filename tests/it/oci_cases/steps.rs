//! Reads the sentences of `given.steps`. It must refuse a sentence it does not understand, never guess past it.

use regex::Regex;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The visitor that the sentence names; the first one when it names none.
    pub who: Option<String>,
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Put all lines of the case into the basket.
    AddLines,
    Add {
        article: String,
        quantity: String,
    },
    Remove {
        article: String,
    },
    ChangeQuantity {
        article: String,
        quantity: String,
    },
    /// Load the page again that is open.
    Reload,
    /// Open the basket page.
    Basket,
    /// Open the first page of the shop.
    Shop,
    OpenArticle(String),
    Search(String),
    Back,
    Wait {
        minutes: u64,
    },
    /// Longer than any idle time of the connection.
    Idle,
    Transfer,
    TransferAgain {
        after_reload: bool,
    },
    Cancel,
    /// The requests with these numbers (from 1), in order.
    Pages {
        first: usize,
        last: usize,
    },
    /// The call-up of the visitor named, or the next one.
    CallUp,
    AdministratorAdds {
        sorts_first: bool,
    },
    AdministratorReprices {
        article: String,
        price: String,
    },
    AdministratorRemoves {
        article: String,
    },
    AdministratorReplays,
    /// Another site posts to the basket (or presses transfer) with the buyer's cookies.
    CrossSite {
        ending: String,
    },
}

/// What the groups of a sentence make; `None` when a number among them is none.
type Make = fn(&[String]) -> Option<Action>;

struct Pattern {
    text: Regex,
    make: Make,
}

fn number(text: &str) -> Option<u64> {
    const WORDS: [&str; 13] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let small = WORDS.iter().position(|w| w.eq_ignore_ascii_case(text)).and_then(|n| u64::try_from(n).ok());
    text.parse().ok().or(small)
}

fn pages(first: &str, last: &str) -> Option<Action> {
    let at = |text: &str| number(text).and_then(|n| usize::try_from(n).ok());
    Some(Action::Pages { first: at(first)?, last: at(last)? })
}

fn waited(amount: &str, unit: &str) -> Option<Action> {
    let amount = number(amount)?;
    let minutes = match unit.chars().next()?.to_ascii_lowercase() {
        's' => amount.div_ceil(60),
        'h' => amount * 60,
        'd' => amount * 60 * 24,
        _ => amount,
    };
    Some(Action::Wait { minutes })
}

/// Sentences in their order of trial; groups are handed over as text, trimmed.
#[rustfmt::skip]
const PATTERNS: &[(&str, Make)] = &[
    (r"^(?:the )?(?:administrator|admin|supplier) (?:adds|inserts|creates) an? (?:new )?articles? (?:that|which) sorts? first.*$", |_| Some(Action::AdministratorAdds { sorts_first: true })),
    (r"^(?:the )?(?:administrator|admin|supplier) (?:adds|inserts|creates) an? (?:new )?article.*$", |_| Some(Action::AdministratorAdds { sorts_first: false })),
    (r"^(?:an )?article (?:that sorts first )?is added(?: in between)?$", |_| Some(Action::AdministratorAdds { sorts_first: true })),
    (r"^(?:the )?(?:administrator|admin|supplier) (?:changes|sets|raises|lowers) the price of (.+?) to (?:eur |€ ?)?([0-9.]+)$", |g| Some(Action::AdministratorReprices { article: g[0].clone(), price: g[1].clone() })),
    (r"^(?:the )?(?:price|net price) of (.+?) (?:changes|is changed|becomes|rises|falls)(?: to)? (?:eur |€ ?)?([0-9.]+)$", |g| Some(Action::AdministratorReprices { article: g[0].clone(), price: g[1].clone() })),
    (r"^(?:the )?(?:administrator|admin|supplier) (?:removes|deletes|withdraws) (?:the )?(?:article )?(.+)$", |g| Some(Action::AdministratorRemoves { article: g[0].clone() })),
    (r"^(?:(?:the )?(?:administrator|admin) )?(?:replays?|repeats?) (?:the |this |that )?(?:recorded )?call-?up.*$", |_| Some(Action::AdministratorReplays)),
    (r"^(?:(?:the )?(?:administrator|admin) )?replays?(?: it)?$", |_| Some(Action::AdministratorReplays)),
    (r"^pages? ([0-9]+|[a-z]+) (?:to|until|through|-|–) ([0-9]+|[a-z]+)$", |g| pages(&g[0], &g[1])),
    (r"^(?:fetch |load |get |request )?(?:page|request|call) ([0-9]+)$", |g| pages(&g[0], &g[0])),
    (r"^pages? ([0-9]+) and ([0-9]+)$", |g| pages(&g[0], &g[1])),
    (r"^(?:makes? |opens? |does |sends? )?(?:an?|the|another)? ?(?:(?:first|second|third|new|next|other) )?call-?up(?: .*)?$", |_| Some(Action::CallUp)),
    (r"^calls? up(?: .*)?$", |_| Some(Action::CallUp)),
    (r"^(?:waits?|time passes:?|let pass) (?:for )?([0-9]+|[a-z]+) ?(seconds?|s|minutes?|min|m|hours?|h|days?|d)\b.*$", |g| waited(&g[0], &g[1])),
    (r"^([0-9]+|[a-z]+) (seconds?|minutes?|hours?|days?) (?:later|pass|go by).*$", |g| waited(&g[0], &g[1])),
    (r"^(?:is |stays? )?idle (?:for )?([0-9]+|[a-z]+) ?(seconds?|minutes?|hours?|days?).*$", |g| waited(&g[0], &g[1])),
    (r"^(?:is |goes |stays? |wait until )?idle(?: time over)?(?: .*)?$", |_| Some(Action::Idle)),
    (r"^(?:the )?(?:session|idle time) (?:expires?|ends?|runs out|is over)$", |_| Some(Action::Idle)),
    (r"^(?:(?:a|another|other|foreign|evil|hostile) )?(?:page|site|web ?site|form)(?: (?:of|on|from) (?:another|other|a foreign|an evil|a hostile)? ?(?:site|origin|\S+))? (?:posts?|submits?|sends?) (?:a form |a post |a request )?(?:to|for) (?:the )?(.*)$", |g| Some(Action::CrossSite { ending: ending(&g[0]) })),
    (r"^cross-?(?:site|origin) (?:post|request|form|submit)(?: (?:to|for) (?:the )?)?(.*)$", |g| Some(Action::CrossSite { ending: ending(&g[0]) })),
    (r"^(?:post|request|form) (?:from|of|by) (?:another|an other|a foreign|an evil|a hostile) (?:site|origin|page)(?: (?:to|for) (?:the )?)?(.*)$", |g| Some(Action::CrossSite { ending: ending(&g[0]) })),
    (r"^(?:transfers?|press(?:es)? transfer|returns?) (?:again|a second time|once more|twice)(?:,)? ?(?:after (?:a )?(?:reload|going back|back|the back button).*|from the (?:history|cache))$", |_| Some(Action::TransferAgain { after_reload: true })),
    (r"^(?:transfers?|press(?:es)? transfer|returns?) (?:again|a second time|once more|twice)\b.*$", |_| Some(Action::TransferAgain { after_reload: false })),
    (r"^(?:transfers?|press(?:es)? (?:the )?(?:transfer|return)(?: button)?|hands? (?:the basket )?back|returns? the basket|transfers? the basket|tries to transfer)$", |_| Some(Action::Transfer)),
    (r"^(?:cancels?|press(?:es)? (?:the )?cancel(?: button)?|gives? up)$", |_| Some(Action::Cancel)),
    (r"^(?:adds?|puts?)(?: (?:the|all|these|those))?(?: (?:[0-9]+|one|two|three|four|five|six|seven|eight|nine|ten))? (?:lines?|articles?)(?: (?:in|into|to) the basket)?$", |_| Some(Action::AddLines)),
    (r"^(?:adds?|adds? (?:it|them)|fills? the basket|adds? to (?:the )?basket)$", |_| Some(Action::AddLines)),
    (r"^(?:adds?|puts?) ([0-9.,]+) ?(?:x|×|times|of|pieces of)? ?(.+?)(?: (?:in|into|to) (?:the|her|his|its) basket)?$", |g| Some(Action::Add { quantity: g[0].clone(), article: g[1].clone() })),
    (r"^(?:adds?|puts?) (?:the article |article |one )?(.+?)(?: (?:in|into|to) (?:the|her|his|its) basket)?$", |g| Some(Action::Add { quantity: "1".to_owned(), article: g[0].clone() })),
    (r"^(?:removes?|deletes?|takes? out) (?:the )?(?:line |article )?(?:of |with )?(.+?)(?: (?:from|out of) the basket)?$", |g| Some(Action::Remove { article: g[0].clone() })),
    (r"^(?:changes?|sets?) (?:the )?quantity (?:of |for )(?:line |article |the line )?(.+?) to ([0-9.,]+)$", |g| Some(Action::ChangeQuantity { article: g[0].clone(), quantity: g[1].clone() })),
    (r"^(?:changes?|sets?) (.+?) to ([0-9.,]+)$", |g| Some(Action::ChangeQuantity { article: g[0].clone(), quantity: g[1].clone() })),
    (r"^(?:reloads?|refresh(?:es)?|loads? again)(?: (?:the )?(?:page|basket|tab|shop).*)?$", |_| Some(Action::Reload)),
    (r"^(?:press(?:es)? |uses? |goes |go )?(?:the )?(?:browser'?s? )?back(?: button)?(?: (?:of|in) the browser)?$", |_| Some(Action::Back)),
    (r"^(?:opens?|shows?|looks? at|views?|goes to|visits?) (?:the )?basket(?: page)?$", |_| Some(Action::Basket)),
    (r"^(?:opens?|shows?|looks? at|views?|goes to|visits?) (?:the )?(?:shop|catalogue|start page|list)(?: page)?$", |_| Some(Action::Shop)),
    (r"^(?:opens?|shows?|looks? at|views?|goes to|visits?) (?:the )?(?:article |detail page of |page of )(.+)$", |g| Some(Action::OpenArticle(g[0].clone()))),
    (r#"^(?:search(?:es)?|looks?) (?:for )?["'„“]?(.+?)["'“”]?$"#, |g| Some(Action::Search(g[0].clone()))),
];

/// Where a cross-site request goes, as the ending of an address of the shop.
fn ending(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    if text.contains("transfer") || text.contains("return") {
        "transfer"
    } else if text.contains("cancel") {
        "cancel"
    } else {
        "basket/add"
    }
    .to_owned()
}

fn patterns() -> Vec<Pattern> {
    PATTERNS
        .iter()
        .map(|(text, make)| Pattern { text: Regex::new(&format!("(?i){text}")).expect("a pattern written in this file"), make: *make })
        .collect()
}

/// One sentence; `names` are the visitors of the case.
pub fn read(sentence: &str, names: &[String]) -> Result<Step, String> {
    let (who, rest) = split_name(sentence.trim(), names);
    for pattern in patterns() {
        let Some(found) = pattern.text.captures(&rest) else { continue };
        let groups: Vec<String> = found.iter().skip(1).map(|g| g.map_or(String::new(), |m| m.as_str().trim().to_owned())).collect();
        if let Some(action) = (pattern.make)(&groups) {
            return Ok(Step { who, action });
        }
    }
    Err(format!("step not understood: {sentence:?}"))
}

/// "A adds …", "tab A: …", "in tab B press …", "second call-up in tab B", "buyer A …".
fn split_name(sentence: &str, names: &[String]) -> (Option<String>, String) {
    let sentence = sentence.trim_end_matches('.');
    let plain = Regex::new(r"(?i)^(?:the )?(?:buyer|user|visitor|browser) (adds?|removes?|transfers?|cancels?|searches|search|reloads?|presses|press|waits?|opens?|changes?)\b")
        .expect("a pattern written in this file");
    let sentence = plain.replace(sentence, "$1").into_owned();
    for name in names {
        let quoted = regex::escape(name);
        let lead = Regex::new(&format!(
            r"^(?:[Ii]n )?(?:[Tt]ab |[Ww]indow |[Bb]uyer |[Uu]ser |[Vv]isitor |[Bb]rowser |[Ss]ession )?{quoted}(?::|,)? +(.+)$"
        ))
        .expect("a pattern written in this file");
        let is_word = name.parse::<u64>().is_err() || sentence.starts_with("tab ");
        if let Some(found) = lead.captures(&sentence).filter(|_| is_word) {
            return (Some(name.clone()), found[1].to_owned());
        }
        let trail = Regex::new(&format!(r"^(.+?) (?:in|of|by|from|as) (?:tab |window |buyer |session |the tab )?{quoted}$"))
            .expect("a pattern written in this file");
        if let Some(found) = trail.captures(&sentence).filter(|_| is_word) {
            return (Some(name.clone()), found[1].to_owned());
        }
    }
    (None, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec!["A".to_owned(), "B".to_owned()]
    }

    #[track_caller]
    fn check(sentence: &str, who: Option<&str>, action: Action) {
        let step = read(sentence, &names());
        assert_eq!(step, Ok(Step { who: who.map(str::to_owned), action }), "{sentence}");
    }

    #[test]
    fn sentences_of_the_cases_are_understood() {
        let add = |q: &str, a: &str| Action::Add { quantity: q.into(), article: a.into() };
        check("A adds 2 x TST-1001", Some("A"), add("2", "TST-1001"));
        check("B adds 3 x RES-10K", Some("B"), add("3", "RES-10K"));
        check("add 200 x 031710    005  100", None, add("200", "031710    005  100"));
        check("add TST-1001", None, add("1", "TST-1001"));
        check("in tab A add 2 x SRV-1", Some("A"), add("2", "SRV-1"));
        check("add", None, Action::AddLines);
        check("add the three lines", None, Action::AddLines);
        check("A transfers", Some("A"), Action::Transfer);
        check("transfer", None, Action::Transfer);
        check("transfer in tab A", Some("A"), Action::Transfer);
        check("remove the line RES-10K", None, Action::Remove { article: "RES-10K".into() });
        check("reload the page", None, Action::Reload);
        check("wait 61 minutes (clock moved)", None, Action::Wait { minutes: 61 });
        check("wait 2 hours", None, Action::Wait { minutes: 120 });
        check("idle", None, Action::Idle);
        check("transfer again at once", None, Action::TransferAgain { after_reload: false });
        check("transfer again after reload", None, Action::TransferAgain { after_reload: true });
        check("press the browser's back button", None, Action::Back);
        check("cancel", None, Action::Cancel);
        check("page 1", None, Action::Pages { first: 1, last: 1 });
        check("pages 2 to 4", None, Action::Pages { first: 2, last: 4 });
        check("administrator adds an article that sorts first", None, Action::AdministratorAdds { sorts_first: true });
        check("search Ballpoint", None, Action::Search("Ballpoint".into()));
        check("second call-up in tab B", Some("B"), Action::CallUp);
        check("second call-up", None, Action::CallUp);
        check("set the quantity of TST-1001 to 5", None, Action::ChangeQuantity { article: "TST-1001".into(), quantity: "5".into() });
        check("replay the call-up", None, Action::AdministratorReplays);
        check("a page on https://evil.test posts to the basket", None, Action::CrossSite { ending: "basket/add".into() });
        check("cross-site POST to transfer", None, Action::CrossSite { ending: "transfer".into() });
    }

    #[test]
    fn a_sentence_that_means_nothing_here_is_refused() {
        for sentence in ["the moon rises", "A thinks", "wait a little", "pages x to y", ""] {
            assert!(read(sentence, &names()).is_err(), "{sentence}");
        }
    }
}
