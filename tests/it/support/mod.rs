//! What every test of the running product stands on: a gateway of its own, visitors, a reader of pages, the log, a browser.
//! It must never decide what is right: expectations stand in the tests.
#![allow(dead_code)] // each test uses its part; what none uses yet is still the vocabulary of the next

pub mod browser;
pub mod erp;
pub mod gateway;
pub mod html;
pub mod http;
pub mod ledger;
pub mod logs;
pub mod postgres;
pub mod process;
pub mod receiver;
pub mod shop;
pub mod tls;
pub mod waiting;

/// The storage engine that a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// False, and said so, when the engine needs a server that is not there.
    pub fn is_here(self) -> bool {
        let here = self == Engine::Sqlite || postgres::server().is_some();
        if !here {
            eprintln!("left out: HOOKLINE_TEST_POSTGRES is not set, nothing was tested on PostgreSQL");
        }
        here
    }
}

/// Folder of the shared data, when it is there; otherwise that is said and the test has nothing to do.
pub fn shared() -> Option<std::path::PathBuf> {
    let default = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("HOOKLINE_SHARED").map_or_else(default, std::path::PathBuf::from);
    if folder.join("data").is_dir() {
        return Some(folder);
    }
    eprintln!("left out: HOOKLINE_SHARED ({}) has no folder data", folder.display());
    None
}

/// Makes two tests of each `async fn name(engine: Engine)`: `sqlite::name` and `postgres::name`.
///
/// ```text
/// on_both_engines! { a_basket_comes_back, an_empty_basket_is_not_sent }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::Engine::Sqlite).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if $crate::support::Engine::Postgres.is_here() {
                    super::$name($crate::support::Engine::Postgres).await;
                }
            })+
        }
    };
}
