//! Apache, which runs `git http-backend` as a CGI program.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::account::Account;
use super::programs;
use super::running::Running;
use super::server::Server;
use super::web::Site;

const MODULES: [&str; 10] = [
    "mpm_event",
    "cgid",
    "alias",
    "env",
    "setenvif",
    "authn_core",
    "authn_file",
    "authz_core",
    "authz_user",
    "auth_basic",
];

/// Apache with a repository, ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Apache {
    #[expect(dead_code, reason = "ends the server when it is dropped")]
    running: Running,
    port: u16,
    site: Site,
}

impl Apache {
    /// What this machine must have.
    pub(crate) const PROGRAMS: [&str; 2] = ["git", "apache2"];

    /// Starts a server for a bare repository, which from then on belongs to the server's account.
    pub(crate) fn start(directory: &Path, repository: &Path) -> Self {
        let site = Site::new(directory, repository);
        let (mut running, port) = Running::on_free_port(&site.directory.join("apache.log"), |port| serve(&site, port));
        // It listens before it can run anything.
        assert!(running.becomes(|| has_script_socket(&site.directory)), "Apache ends at once");
        Self { running, port, site }
    }
}

/// Returns whether what runs scripts is there; its socket's name ends with its number.
fn has_script_socket(directory: &Path) -> bool {
    let entries = fs::read_dir(directory).expect("the directory is ours");
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("cgi.sock"))
}

/// Returns Apache as it serves a site on a port.
fn serve(site: &Site, port: u16) -> Command {
    let place = site.directory.display();
    let modules: PathBuf = "/usr/lib/apache2/modules".into();
    let load = MODULES.map(|name| format!("LoadModule {name}_module {}/mod_{name}.so\n", modules.display())).concat();
    let inner = site.backend.parent().expect("it lies in a directory").display();
    let (root, backend, passwords) = (site.root().display(), site.backend.display(), site.passwords.display());
    // Who reads needs no name; both requests of a push do.
    let reads = r##"!(%{QUERY_STRING} =~ /service=git-receive-pack/ || %{REQUEST_URI} =~ m#/git-receive-pack$#)"##;
    let config = format!(
        "ServerRoot {place}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\nPidFile {place}/apache.pid\n\
         ErrorLog {place}/error.log\nDefaultRuntimeDir {place}\nMutex file:{place}\n{load}ScriptSock {place}/cgi.sock\n\
         SetEnv GIT_PROJECT_ROOT {root}\nSetEnv GIT_HTTP_EXPORT_ALL 1\nScriptAlias /git/ {backend}/\n\
         <Directory \"{inner}\">\n  Require all granted\n</Directory>\n<Location /git/>\n  AuthType Basic\n  \
         AuthName git\n  AuthUserFile {passwords}\n  <RequireAny>\n    Require expr \"{reads}\"\n    \
         Require valid-user\n  </RequireAny>\n</Location>\n"
    );
    let file = site.directory.join("apache.conf");
    fs::write(&file, config).expect("the directory is ours");
    let mut command = programs::service("apache2", &site.directory);
    command.args(["-D", "FOREGROUND", "-f"]).arg(file);
    site.account.enter(&mut command);
    command
}

impl Server for Apache {
    fn version(&self) -> String {
        let said = programs::said(programs::service("apache2", Path::new("/")).arg("-v"));
        let version = said.split_whitespace().find_map(|word| word.strip_prefix("Apache/"));
        format!("Apache {} with mod_cgid", version.unwrap_or_default())
    }

    fn url(&self, user: &str) -> String {
        self.site.url(self.port, user)
    }

    fn variables(&self, _user: &str) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn repository(&self) -> &Path {
        &self.site.repository
    }

    fn account(&self) -> &Account {
        &self.site.account
    }
}
