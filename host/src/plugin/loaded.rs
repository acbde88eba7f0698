//! A plugin ready to be called.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use wasmtime::component::{ComponentExportIndex, InstancePre, Lift};

use super::bindings::{assistant, types as t};
use super::call::{
    ActionOutcome, AnalysisInput, Finding, Outbound, PollPage, Receipt, WebhookOutcome, WebhookRequest,
};
use super::convert::{self, WebhookArgument};
use super::runtime::Shared;
use super::state::State;
use super::usage::{Meters, Totals};
use super::{Binding, CallError, Limits, UsageTotals, runtime};
use crate::model::event::Json;
use crate::model::grant::{self, Ask, Grants};
use crate::model::manifest::{Capability, Manifest, SecretPlaces};

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

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

impl Capabilities {
    pub(super) fn of(exported: &[Capability]) -> Self {
        let has = |capability| exported.contains(&capability);
        Self {
            webhook: has(Capability::Webhook),
            sender: has(Capability::Sender),
            poller: has(Capability::Poller),
            actions: has(Capability::Actions),
            assistant: has(Capability::Assistant),
        }
    }

    /// Whether it has that one.
    #[must_use]
    pub fn has(self, capability: Capability) -> bool {
        match capability {
            Capability::Webhook => self.webhook,
            Capability::Sender => self.sender,
            Capability::Poller => self.poller,
            Capability::Actions => self.actions,
            Capability::Assistant => self.assistant,
        }
    }
}

/// A file that a plugin carries, served at `/hooks/{connection}/assets/{path}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Relative, with `/`, without `..`.
    pub path: String,
    /// The MIME type.
    pub mime: String,
    /// The content.
    pub bytes: Bytes,
    /// The same by gzip, of what becomes smaller by it.
    pub packed: Option<Bytes>,
}

/// Assets larger than this are sent as they are: packing them would hold up the start.
const PACKED_UP_TO: usize = 1 << 20;

impl Asset {
    /// A file with its packed form, for browsers that take one.
    pub(super) fn new(path: &str, mime: &str, bytes: &[u8]) -> Self {
        let kinds = ["text/", "application/json", "image/svg+xml"];
        let text = kinds.iter().any(|kind| mime.starts_with(kind)) && bytes.len() <= PACKED_UP_TO;
        let packed = text.then(|| pack(bytes)).flatten().filter(|packed| packed.len() < bytes.len());
        Self { path: path.to_owned(), mime: mime.to_owned(), bytes: Bytes::copy_from_slice(bytes), packed }
    }
}

fn pack(bytes: &[u8]) -> Option<Bytes> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).ok()?;
    packed.finish().ok().map(Bytes::from)
}

/// One function of the contract that the component exports, and its metrics.
pub(super) struct Export {
    pub(super) index: ComponentExportIndex,
    pub(super) meters: Meters,
}

/// What a plugin's calls share.
pub(super) struct Core {
    /// What it may do: what its file asks for, cut to what was granted.
    pub(super) manifest: Arc<Manifest>,
    /// What its file asks for.
    pub(super) asks: Arc<Manifest>,
    /// The operator's limits, cut to what the manifest's budget asks for.
    pub(super) limits: Limits,
    /// What a webhook must not be shown.
    pub(super) secret_places: SecretPlaces,
    /// The component, linked.
    pub(super) pre: InstancePre<State>,
    /// By [`Capability`], in its order.
    pub(super) exports: Arc<[Option<Export>]>,
    pub(super) totals: Arc<Totals>,
}

impl Core {
    pub(super) fn name(&self) -> &str {
        self.manifest.name.as_str()
    }

    /// Why something that was not granted is refused: because nobody asked for it, which is `otherwise`, or
    /// because the operator did not grant what the manifest asks for.
    pub(super) fn refusal(&self, ask: &Ask, otherwise: impl FnOnce() -> String) -> String {
        grant::refusal(&self.asks, ask, otherwise)
    }
}

/// A plugin: compiled, linked, ready to be called. Cheap to clone; calls run concurrently, each in an
/// instance of its own.
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
    pub(super) core: Arc<Core>,
    pub(super) shared: Arc<Shared>,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plugin({} {})", self.core.name(), self.manifest.version)
    }
}

impl Plugin {
    /// The file at `path` among the assets.
    #[must_use]
    pub fn asset(&self, path: &str) -> Option<&Asset> {
        self.assets.iter().find(|asset| asset.path == path)
    }

    /// The same plugin, allowed what was granted and nothing else. Its usage goes on.
    #[must_use]
    pub fn granted(&self, grants: &Grants) -> Self {
        let core = &self.core;
        let manifest = Arc::new(grants.cut(&core.asks));
        let capabilities = Capabilities {
            sender: self.capabilities.sender && grants.covers(&Ask::Send),
            poller: self.capabilities.poller && manifest.poller.is_some(),
            ..self.capabilities
        };
        let limits = runtime::cut(&self.shared.options.limits, manifest.budget);
        let granted = Core {
            limits,
            secret_places: core.secret_places.clone(),
            pre: core.pre.clone(),
            exports: Arc::clone(&core.exports),
            totals: Arc::clone(&core.totals),
            asks: Arc::clone(&core.asks),
            manifest: Arc::clone(&manifest),
        };
        let assets = if manifest.assets.is_some() { Arc::clone(&self.assets) } else { Arc::from([]) };
        Self {
            manifest,
            hash: self.hash.clone(),
            capabilities,
            assets,
            core: Arc::new(granted),
            shared: Arc::clone(&self.shared),
        }
    }

    /// What its file asks for, whatever was granted.
    #[must_use]
    pub fn asks(&self) -> &Manifest {
        &self.core.asks
    }

    /// What its calls cost since it was loaded.
    #[must_use]
    pub fn usage(&self) -> UsageTotals {
        self.core.totals.read()
    }

    /// Translates one request from outside. The caller refuses the events of a request that the manifest
    /// lists as unsigned.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn webhook(
        &self,
        binding: &Arc<Binding>,
        request: WebhookRequest<'_>,
    ) -> Result<WebhookOutcome, CallError> {
        let size = request.body.len();
        let argument = WebhookArgument::new(request, &self.core.secret_places);
        self.call(Capability::Webhook, binding, size, (argument,), convert::webhook_outcome).await
    }

    /// Carries one message.
    ///
    /// # Errors
    /// See [`CallError`]. Anything but an error of the contract other than `other`, and
    /// [`CallError::Unavailable`], leaves open whether the vendor took it.
    pub async fn send(&self, binding: &Arc<Binding>, message: &Outbound) -> Result<Receipt, CallError> {
        let size = match &message.content {
            crate::model::outbox::OutboundContent::Text(text) => text.len(),
            _ => 0,
        };
        let message = convert::outbound(message);
        self.call(Capability::Sender, binding, size, (&message,), convert::receipt).await
    }

    /// Asks for what is new since `cursor`, a JSON document that an earlier page gave.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn poll(&self, binding: &Arc<Binding>, cursor: Option<&str>) -> Result<PollPage, CallError> {
        self.call(Capability::Poller, binding, cursor.map_or(0, str::len), (cursor,), convert::poll_page)
            .await
    }

    /// Does an action of the manifest. `key` is the same when the call is repeated. The caller has
    /// checked `input` against the action's schema; the output is checked here.
    ///
    /// # Errors
    /// See [`CallError`]; [`CallError::Unavailable`] too when the manifest declares no such action.
    pub async fn act(
        &self,
        binding: &Arc<Binding>,
        name: &str,
        input: &Json,
        key: &str,
    ) -> Result<ActionOutcome, CallError> {
        if self.manifest.action(name).is_none() {
            return Err(CallError::Unavailable(format!(
                "the plugin `{}` has no action `{name}`",
                self.core.name()
            )));
        }
        let outcome = |check: &mut convert::Checker<'_>, given| convert::action_outcome(check, given, name);
        self.call(Capability::Actions, binding, input.get().len(), (name, input.get(), key), outcome).await
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
        let size = input.history.iter().chain([&input.message]).map(|line| line.text.len()).sum();
        let input: assistant::Input = convert::analysis_input(input);
        self.call(Capability::Assistant, binding, size, (&input,), convert::findings).await
    }
}

/// What a function of the contract hands back.
pub(super) trait HandedBack: Lift + Send + Sync + 'static {}
impl<T: Lift + Send + Sync + 'static> HandedBack for T {}

/// The results of a function of the contract.
pub(super) type Results<X> = (Result<X, t::Error>,);
