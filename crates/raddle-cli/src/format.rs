//! The form of an answer.

use clap::ValueEnum;

/// The option that chooses it.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Format {
    /// The form of the answer: text for people, json for programs [default: text]
    #[arg(
        long = "format",
        value_name = "FORM",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    form: Form,
}

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

impl Format {
    /// Whether the answer is for programs.
    pub(crate) fn is_json(self) -> bool {
        self.form == Form::Json
    }
}
