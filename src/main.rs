use std::process::ExitCode;

fn main() -> ExitCode {
    git_coord::cli::main()
}
