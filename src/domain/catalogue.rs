//! A catalogue in memory: articles by number and an index for search by word, prefix and number. Pure; built from articles,
//! never changed. The article table stays the truth.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::article::Article;

/// Words of a query beyond these are ignored: nobody types more, and a long query must not cost more.
const QUERY_WORDS_MAX: usize = 8;

/// Articles in the order of their numbers, and where each word of them stands.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub name: String,
    pub supplier: String,
    articles: Vec<Article>,
    by_number: HashMap<String, usize>,
    words: BTreeMap<String, Vec<u32>>,
    groups: Vec<(String, usize)>,
}

impl Catalogue {
    pub fn new(name: String, supplier: String, mut articles: Vec<Article>) -> Catalogue {
        articles.sort_by(|a, b| a.number.cmp(&b.number));
        let by_number = articles.iter().enumerate().map(|(at, article)| (article.number.clone(), at)).collect();
        let mut words: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (at, article) in (0u32..).zip(&articles) {
            for word in article_words(article) {
                words.entry(word).or_default().push(at);
            }
        }
        let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
        for article in articles.iter().filter(|article| !article.group.is_empty()) {
            *groups.entry(&article.group).or_default() += 1;
        }
        let groups = groups.into_iter().map(|(name, count)| (name.to_string(), count)).collect();
        Catalogue { name, supplier, articles, by_number, words, groups }
    }

    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// By number, to the letter.
    pub fn get(&self, number: &str) -> Option<&Article> {
        self.by_number.get(number).map(|at| &self.articles[*at])
    }

    /// The articles at [`Catalogue::places`].
    pub fn search(&self, query: &str) -> Vec<&Article> {
        self.places(query).into_iter().filter_map(|at| self.articles.get(at)).collect()
    }

    /// Articles that have every word of the query: as a word, as the beginning of one, or inside one (compound words), best first.
    /// A query without a word finds nothing. Gives their places in [`Catalogue::articles`].
    pub fn places(&self, query: &str) -> Vec<usize> {
        if let Some(place) = self.by_number.get(query.trim()) {
            return vec![*place];
        }
        let mut scores: Option<HashMap<u32, u32>> = None;
        for word in split(query).into_iter().take(QUERY_WORDS_MAX) {
            let hits = self.hits(&word);
            scores = Some(match scores {
                None => hits,
                Some(before) => before.into_iter().filter_map(|(at, score)| hits.get(&at).map(|more| (at, score + more))).collect(),
            });
        }
        let mut found: Vec<(u32, u32)> = scores.unwrap_or_default().into_iter().collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        found.into_iter().map(|(at, _)| at as usize).collect()
    }

    /// Product groups with the number of their articles.
    pub fn groups(&self) -> &[(String, usize)] {
        &self.groups
    }

    fn hits(&self, word: &str) -> HashMap<u32, u32> {
        let mut hits: HashMap<u32, u32> = HashMap::new();
        let mut mark = |places: &[u32], score: u32| {
            for at in places {
                let best = hits.entry(*at).or_insert(0);
                *best = (*best).max(score);
            }
        };
        for (known, places) in self.words.range(word.to_string()..).take_while(|(known, _)| known.starts_with(word)) {
            mark(places, if known == word { 4 } else { 2 });
        }
        if word.chars().count() >= 3 {
            for (_, places) in self.words.iter().filter(|(known, _)| known.contains(word)) {
                mark(places, 1);
            }
        }
        hits
    }
}

/// Lower case, without accents: `Käse` and `kase` are the same word.
fn fold(text: &str) -> String {
    deunicode::deunicode(text).to_lowercase()
}

fn split(text: &str) -> Vec<String> {
    fold(text).split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_string).collect()
}

fn article_words(article: &Article) -> HashSet<String> {
    let mut words: HashSet<String> = HashSet::new();
    for text in [&article.number, &article.brand, &article.group, &article.manufacturer_part, &article.gtin, &article.buyer_material] {
        words.extend(split(text));
        let whole: String = fold(text).chars().filter(char::is_ascii_alphanumeric).collect();
        words.insert(whole);
    }
    for text in &article.texts {
        words.extend(split(&text.description));
        words.extend(split(&text.long_text));
    }
    words.remove("");
    words
}
