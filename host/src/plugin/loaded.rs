//! A plugin ready to be called.

use std::sync::Arc;

use super::call::{
    ActionOutcome, AnalysisInput, Finding, Outbound, PollPage, Receipt, WebhookOutcome, WebhookRequest,
};
use super::{Binding, CallError, Manifest, UsageTotals};
use crate::model::event::Json;

/// The SHA-256 of a component file in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Sha256Hex(pub(super) String);

impl Sha256Hex {
    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which of the contract's interfaces a component exports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Capabilities {
    /// Takes requests from outside.
    pub webhook: bool,
    /// Carries messages.
    pub sender: bool,
    /// Asks on a schedule.
    pub poller: bool,
    /// Acts in another system.
    pub actions: bool,
    /// Comments on messages.
    pub assistant: bool,
}

/// A file that a plugin carries, served at `/hooks/{connection}/assets/{path}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Relative, with `/`, without `..`.
    pub path: String,
    /// The MIME type.
    pub mime: String,
    /// The content.
    pub bytes: bytes::Bytes,
}

/// A plugin: compiled, linked, ready to be called. Cheap to clone; calls run concurrently.
#[derive(Clone)]
pub struct Plugin {
    /// What it says of itself.
    pub manifest: Arc<Manifest>,
    /// The hash of its file.
    pub hash: Sha256Hex,
    /// What it can do.
    pub capabilities: Capabilities,
    /// The files it carries.
    pub assets: Arc<[Asset]>,
}

impl Plugin {
    /// The file at `path` among the assets.
    #[must_use]
    pub fn asset(&self, path: &str) -> Option<&Asset> {
        self.assets.iter().find(|asset| asset.path == path)
    }

    /// Translates one request from outside.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn webhook(
        &self,
        binding: &Arc<Binding>,
        request: WebhookRequest<'_>,
    ) -> Result<WebhookOutcome, CallError> {
        todo!()
    }

    /// Carries one message.
    ///
    /// # Errors
    /// See [`CallError`]. Anything but [`CallError::Plugin`] and [`CallError::Unavailable`] leaves open
    /// whether the vendor took it.
    pub async fn send(&self, binding: &Arc<Binding>, message: &Outbound) -> Result<Receipt, CallError> {
        todo!()
    }

    /// Asks for what is new since `cursor`.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn poll(&self, binding: &Arc<Binding>, cursor: Option<&str>) -> Result<PollPage, CallError> {
        todo!()
    }

    /// Does a named action; `key` is the same when the call is repeated.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn act(
        &self,
        binding: &Arc<Binding>,
        name: &str,
        input: &Json,
        key: &str,
    ) -> Result<ActionOutcome, CallError> {
        todo!()
    }

    /// Looks at one message.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn analyse(
        &self,
        binding: &Arc<Binding>,
        input: &AnalysisInput,
    ) -> Result<Vec<Finding>, CallError> {
        todo!()
    }

    /// What its calls cost since it was loaded.
    #[must_use]
    pub fn usage(&self) -> UsageTotals {
        todo!()
    }
}
