//! As whom to speak to a registry.

use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::secrets::RegistryAuth;
use zeroize::Zeroizing;

/// What docker keeps the public registry's login under.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// As whom to speak to a registry.
#[derive(Clone, Default)]
pub enum Login {
    /// As nobody.
    #[default]
    Anonymous,
    /// As `docker login` or `podman login` left it on this machine, or as nobody where neither did.
    Machine,
    /// With a name and a password or token.
    Given {
        /// The name.
        username: String,
        /// The password or token.
        password: Zeroizing<String>,
    },
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Machine => f.write_str("Machine"),
            Self::Given { username, .. } => write!(f, "Given({username})"),
        }
    }
}

impl Login {
    /// What to send to that registry, and in words what it is, for the message when it is not enough.
    pub(super) async fn resolve(&self, registry: &str) -> (RegistryAuth, String) {
        match self {
            Self::Anonymous => (RegistryAuth::Anonymous, "no login was given".to_owned()),
            Self::Given { username, password } => (
                RegistryAuth::Basic(username.clone(), password.as_str().to_owned()),
                format!("the login `{username}` was given"),
            ),
            Self::Machine => {
                let server = if registry == "docker.io" { DOCKER_HUB } else { registry }.to_owned();
                // It may start docker's credential helper and wait for it.
                let found = tokio::task::spawn_blocking(move || {
                    docker_credential::get_credential(&server).or_else(|docker| {
                        docker_credential::get_podman_credential(&server).map_err(|_| docker)
                    })
                });
                of_machine(found.await.unwrap_or(Err(CredentialRetrievalError::HelperCommunicationError)))
            }
        }
    }
}

fn of_machine(found: Result<DockerCredential, CredentialRetrievalError>) -> (RegistryAuth, String) {
    use CredentialRetrievalError as Why;
    let nobody = |why: &str| (RegistryAuth::Anonymous, why.to_owned());
    match found {
        Ok(DockerCredential::UsernamePassword(name, password)) => {
            let words = format!("this machine's login `{name}` was used");
            (RegistryAuth::Basic(name, password), words)
        }
        Ok(DockerCredential::IdentityToken(_)) => {
            nobody("this machine's login is an identity token, which cannot be used here")
        }
        Err(Why::NoCredentialConfigured | Why::ConfigNotFound | Why::ConfigReadError) => {
            nobody("this machine has no login for it")
        }
        // What a helper prints may hold a secret; it is not repeated.
        Err(Why::HelperFailure { helper, .. }) => {
            (RegistryAuth::Anonymous, format!("docker's credential helper `{helper}` had no login for it"))
        }
        Err(Why::HelperCommunicationError | Why::MalformedHelperResponse) => {
            nobody("docker's credential helper did not answer")
        }
        Err(Why::CredentialDecodingError | Why::CredentialMismatchError) => {
            nobody("this machine's login for it is damaged")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_sent_and_never_shown() {
        let login = Login::Given { username: "ada".into(), password: Zeroizing::new("hunter2".into()) };
        let (auth, words) = login.resolve("registry.example").await;
        assert_eq!(auth, RegistryAuth::Basic("ada".into(), "hunter2".into()));
        assert!(!format!("{login:?} {auth:?} {words}").contains("hunter2"));
    }

    #[test]
    fn a_machine_without_a_usable_login_speaks_as_nobody_and_says_why() {
        let helper = CredentialRetrievalError::HelperFailure {
            helper: "docker-credential-pass".into(),
            stdout: "hunter2".into(),
            stderr: String::new(),
        };
        for (found, word) in [
            (Err(CredentialRetrievalError::ConfigReadError), "no login"),
            (Err(helper), "docker-credential-pass"),
            (Ok(DockerCredential::IdentityToken("hunter2".into())), "identity token"),
        ] {
            let (auth, words) = of_machine(found);
            assert_eq!(auth, RegistryAuth::Anonymous);
            assert!(words.contains(word) && !words.contains("hunter2"), "{words}");
        }
    }
}
