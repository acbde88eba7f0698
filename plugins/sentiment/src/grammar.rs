//! The words that change what other words mean, per language: negators, boosters, contrast.
//! All are written as `fold` writes them.

use crate::language::Language;

/// The words of one language that change others.
#[derive(Debug, Clone, Copy)]
pub struct Grammar {
    /// Turn what follows into its opposite.
    pub negators: &'static [&'static str],
    /// Strengthen what follows.
    pub boosters: &'static [&'static str],
    /// Weaken what follows.
    pub dampeners: &'static [&'static str],
    /// Said of the whole sentence, so that no negator denies them: "unfortunately".
    pub asides: &'static [&'static str],
    /// "But": what follows weighs more than what came before.
    pub contrasts: &'static [&'static str],
    /// Whether a negator may follow what it denies: "funktioniert nicht", "ça marche pas".
    pub negates_backwards: bool,
}

impl Grammar {
    /// The grammar of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
            Language::Spanish => &SPANISH,
            Language::French => &FRENCH,
            Language::Italian => &ITALIAN,
            Language::Portuguese => &PORTUGUESE,
        }
    }

    /// Whether the word denies what it stands with: "not", "isn't".
    pub fn negates(&self, word: &str) -> bool {
        self.negators.contains(&word) || word.ends_with("n't")
    }

    /// 1 for a booster, -1 for a dampener, 0 for any other word.
    pub fn degree(&self, word: &str) -> f64 {
        if self.boosters.contains(&word) {
            1.0
        } else if self.dampeners.contains(&word) {
            -1.0
        } else {
            0.0
        }
    }
}

/// VADER 3.3.2's lists (Hutto & Gilbert 2014), with contractions that lost their apostrophe.
static ENGLISH: Grammar = Grammar {
    negators: &[
        "aint", "arent", "cannot", "cant", "couldnt", "darent", "didnt", "doesnt", "dont", "hadnt", "hasnt",
        "havent", "isnt", "mightnt", "mustnt", "neednt", "neither", "never", "no", "none", "nope", "nor",
        "not", "nothing", "nowhere", "oughtnt", "rarely", "seldom", "shant", "shouldnt", "uhuh", "wasnt",
        "werent", "without", "wont", "wouldnt", "despite",
    ],
    boosters: &[
        "absolutely",
        "amazingly",
        "awfully",
        "completely",
        "considerable",
        "considerably",
        "decidedly",
        "deeply",
        "effing",
        "enormous",
        "enormously",
        "entirely",
        "especially",
        "exceptional",
        "exceptionally",
        "extreme",
        "extremely",
        "fabulously",
        "flipping",
        "flippin",
        "frackin",
        "fracking",
        "fricking",
        "frickin",
        "frigging",
        "friggin",
        "fully",
        "fuckin",
        "fucking",
        "fuggin",
        "fugging",
        "greatly",
        "hella",
        "highly",
        "hugely",
        "incredible",
        "incredibly",
        "insanely",
        "intensely",
        "major",
        "majorly",
        "more",
        "most",
        "particularly",
        "pretty",
        "purely",
        "quite",
        "really",
        "remarkably",
        "so",
        "substantially",
        "super",
        "thoroughly",
        "total",
        "totally",
        "tremendous",
        "tremendously",
        "truly",
        "uber",
        "unbelievably",
        "unusually",
        "utter",
        "utterly",
        "very",
    ],
    dampeners: &[
        "almost",
        "barely",
        "hardly",
        "kinda",
        "kindof",
        "less",
        "little",
        "marginal",
        "marginally",
        "occasional",
        "occasionally",
        "partly",
        "scarce",
        "scarcely",
        "slight",
        "slightly",
        "somewhat",
        "sorta",
        "sortof",
    ],
    asides: &[],
    contrasts: &["but", "however"],
    negates_backwards: false,
};

static GERMAN: Grammar = Grammar {
    negators: &[
        "nicht",
        "nich",
        "kein",
        "keine",
        "keinen",
        "keinem",
        "keiner",
        "keines",
        "nie",
        "niemals",
        "ohne",
        "weder",
        "nirgends",
        "nirgendwo",
        "keinesfalls",
        "keineswegs",
        "nichts",
        "net",
    ],
    boosters: &[
        "sehr",
        "total",
        "absolut",
        "völlig",
        "wirklich",
        "echt",
        "extrem",
        "äußerst",
        "äusserst",
        "so",
        "richtig",
        "ganz",
        "besonders",
        "überaus",
        "unglaublich",
        "wahnsinnig",
        "mega",
        "ultra",
        "viel",
        "höchst",
        "ziemlich",
        "komplett",
        "dermassen",
        "einfach",
        "rundum",
        "überhaupt",
    ],
    dampeners: &["etwas", "bisschen", "leicht", "kaum", "eher", "wenig", "teilweise", "halbwegs"],
    asides: &["leider", "bedauerlicherweise", "glücklicherweise"],
    contrasts: &["aber", "jedoch", "doch", "sondern", "allerdings", "trotzdem"],
    negates_backwards: true,
};

static SPANISH: Grammar = Grammar {
    negators: &[
        "no", "nunca", "jamas", "sin", "ni", "tampoco", "ningun", "ninguna", "ninguno", "nada", "nadie",
    ],
    boosters: &[
        "muy",
        "mucho",
        "mucha",
        "tan",
        "super",
        "realmente",
        "totalmente",
        "absolutamente",
        "completamente",
        "demasiado",
        "bastante",
        "extremadamente",
        "sumamente",
        "increiblemente",
        "verdaderamente",
        "mas",
        "re",
        "bien",
    ],
    dampeners: &["poco", "algo", "apenas", "casi", "ligeramente", "medio"],
    asides: &["lamentablemente", "desgraciadamente", "desafortunadamente", "afortunadamente"],
    contrasts: &["pero", "aunque", "sino", "embargo"],
    negates_backwards: false,
};

static FRENCH: Grammar = Grammar {
    negators: &["ne", "n'", "pas", "jamais", "sans", "aucun", "aucune", "ni", "rien", "guere", "nullement"],
    boosters: &[
        "tres",
        "trop",
        "tellement",
        "vraiment",
        "super",
        "extremement",
        "totalement",
        "completement",
        "absolument",
        "si",
        "tout",
        "hyper",
        "particulierement",
        "plus",
        "fort",
        "incroyablement",
    ],
    dampeners: &["peu", "assez", "presque", "legerement", "plutot", "moins"],
    asides: &["malheureusement", "helas", "heureusement"],
    contrasts: &["mais", "cependant", "pourtant", "toutefois"],
    negates_backwards: true,
};

static ITALIAN: Grammar = Grammar {
    negators: &[
        "non", "mai", "senza", "ne", "nessun", "nessuno", "nessuna", "niente", "nulla", "nemmeno", "neppure",
        "neanche", "mica",
    ],
    boosters: &[
        "molto",
        "molta",
        "tanto",
        "troppo",
        "davvero",
        "veramente",
        "estremamente",
        "totalmente",
        "completamente",
        "assolutamente",
        "super",
        "cosi",
        "piu",
        "decisamente",
        "proprio",
        "incredibilmente",
    ],
    dampeners: &["poco", "quasi", "leggermente", "abbastanza", "meno", "appena"],
    asides: &["purtroppo", "fortunatamente", "sfortunatamente"],
    contrasts: &["ma", "pero", "tuttavia", "bensi"],
    negates_backwards: false,
};

static PORTUGUESE: Grammar = Grammar {
    negators: &["nao", "nunca", "jamais", "sem", "nem", "nenhum", "nenhuma", "tampouco", "nada", "ninguem"],
    boosters: &[
        "muito",
        "muita",
        "tao",
        "super",
        "realmente",
        "totalmente",
        "absolutamente",
        "completamente",
        "demais",
        "bastante",
        "extremamente",
        "mais",
        "bem",
        "mega",
    ],
    dampeners: &["pouco", "quase", "ligeiramente", "meio", "menos", "algo"],
    asides: &["infelizmente", "felizmente"],
    contrasts: &["mas", "porem", "contudo", "entretanto", "todavia"],
    negates_backwards: false,
};
