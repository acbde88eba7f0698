//! What a plugin can be: one trait per capability of the contract, and [`register!`](crate::register).

use crate::error::Result;
use crate::{actions, assistant, poller, sender, webhook};

/// A plugin that is told things by requests from outside.
pub trait Webhook {
    /// Translates one request, whose signature the host has checked. Every call is an instance of its
    /// own: nothing in memory outlives it.
    fn handle(request: webhook::Request) -> Result<webhook::Outcome>;
}

/// A plugin that carries messages from the business to a person.
pub trait Sender {
    /// Carries one message. Answer [`Error::Retry`](crate::Error) only when the vendor surely did not take it.
    fn send(message: sender::Outbound) -> Result<sender::Receipt>;
}

/// A plugin that asks the other system what is new, on the manifest's schedule.
pub trait Poller {
    /// Asks for what is new since `cursor`, a JSON document of the plugin's own; `None` at the first call.
    fn poll(cursor: Option<String>) -> Result<poller::Page>;
}

/// A plugin that can do things in the other system when an agent asks.
pub trait Actions {
    /// Does one of the actions that the manifest declares. `input` is a JSON document that matches the
    /// action's schema; `key` is the same when a call is repeated.
    fn call(name: &str, input: &str, key: &str) -> Result<actions::Outcome>;
}

/// A plugin that reads a message and says something of it.
pub trait Assistant {
    /// Looks at one message. Answer the same for the same input.
    fn analyse(input: assistant::Input) -> Result<Vec<assistant::Insight>>;
}

/// Makes a type the plugin, with exactly the capabilities that are named:
/// `register!(MyPlugin: webhook, sender);`. The type implements the trait of each.
///
/// Off wasm the macro only checks that it does, so that a plugin's tests run natively.
#[macro_export]
macro_rules! register {
    ($plugin:ty: $($capability:ident),+ $(,)?) => {
        $($crate::__register!($capability $plugin);)+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    (webhook $plugin:ty) => {
        $crate::__export!(webhook export_webhook Webhook $plugin, {
            fn handle(request: $crate::webhook::Request) -> $crate::Result<$crate::webhook::Outcome> {
                <$plugin as $crate::Webhook>::handle(request)
            }
        });
    };
    (sender $plugin:ty) => {
        $crate::__export!(sender export_sender Sender $plugin, {
            fn send(message: $crate::sender::Outbound) -> $crate::Result<$crate::sender::Receipt> {
                <$plugin as $crate::Sender>::send(message)
            }
        });
    };
    (poller $plugin:ty) => {
        $crate::__export!(poller export_poller Poller $plugin, {
            fn poll(cursor: Option<String>) -> $crate::Result<$crate::poller::Page> {
                <$plugin as $crate::Poller>::poll(cursor)
            }
        });
    };
    (actions $plugin:ty) => {
        $crate::__export!(actions export_actions Actions $plugin, {
            fn call(name: String, input: String, key: String) -> $crate::Result<$crate::actions::Outcome> {
                <$plugin as $crate::Actions>::call(&name, &input, &key)
            }
        });
    };
    (assistant $plugin:ty) => {
        $crate::__export!(assistant export_assistant Assistant $plugin, {
            fn analyse(input: $crate::assistant::Input) -> $crate::Result<Vec<$crate::assistant::Insight>> {
                <$plugin as $crate::Assistant>::analyse(input)
            }
        });
    };
    ($other:ident $plugin:ty) => {
        compile_error!(concat!(
            "no capability `", stringify!($other), "`; there are webhook, sender, poller, actions and assistant"
        ));
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($module:ident $export:ident $capability:ident $plugin:ty, { $($function:tt)* }) => {
        const _: () = {
            const fn implements<T: $crate::$capability>() {}
            implements::<$plugin>();
            #[cfg(target_arch = "wasm32")]
            struct Exported;
            #[cfg(target_arch = "wasm32")]
            impl $crate::bindings::$module::Guest for Exported {
                $($function)*
            }
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::$module::$export!(Exported with_types_in $crate::bindings::$module);
        };
    };
}
