//! Starts the program. Decides nothing: `cli` reads the arguments and prints what went wrong, once.

fn main() -> std::process::ExitCode {
    hookline::cli::run()
}
