"""SMS1xx: files and the project. These rows have no check: reading raises them."""

from __future__ import annotations

from smsops.errors import Severity
from smsops.lint.rule import Rule
from smsops.text.messages import T

RULES = (
    Rule(
        "SMS101",
        Severity.ERROR,
        T("A file or directory cannot be read"),
        T(
            "Manifests are regular files inside the project. Symbolic links are refused: in a "
            "pull request they could point at any file of the machine. A file that cannot be "
            "read stops the run, because leaving it out would turn its resources into deletes."
        ),
    ),
    Rule(
        "SMS102",
        Severity.ERROR,
        T("A file is too large"),
        T("A manifest has at most 1 MiB. Split it; the number of files is not limited."),
    ),
    Rule(
        "SMS103",
        Severity.ERROR,
        T("A file is not UTF-8"),
        T("Save the file as UTF-8. A byte order mark is allowed; UTF-16 and GBK are not."),
    ),
    Rule(
        "SMS104",
        Severity.ERROR,
        T("A character is not allowed"),
        T(
            "Control characters, bidirectional controls and other invisible characters are "
            "refused, in the file and when an escape such as `\\e` makes them: they hide what a "
            "reviewer is about to approve. Tabs are refused in the fields of a manifest."
        ),
    ),
    Rule(
        "SMS105",
        Severity.ERROR,
        T("YAML syntax"),
        T(
            "The file is not YAML. A common cause is a value that starts with a variable: `{1}` "
            "opens a mapping in YAML, so put the whole value in quotes. Full-width punctuation, "
            "curly quotes, no-break spaces, markers of a merge and backslashes in double quotes "
            "are named where they are the cause."
        ),
    ),
    Rule(
        "SMS106",
        Severity.ERROR,
        T("Nested too deeply"),
        T("A document has at most 32 levels. No manifest needs more than five."),
    ),
    Rule(
        "SMS107",
        Severity.ERROR,
        T("A YAML feature is not allowed"),
        T(
            "Anchors, aliases, merge keys (`<<`), tags (`!name`) and `%TAG` directives make a "
            "document mean something else than it shows. Write the value where it is used."
        ),
    ),
    Rule(
        "SMS108",
        Severity.ERROR,
        T("A key appears twice"),
        T(
            "YAML libraries silently keep the last of two equal keys. Keep one of them. Keys "
            "that look the same and differ only in Unicode normalisation are equal."
        ),
    ),
    Rule(
        "SMS109",
        Severity.ERROR,
        T("A key is not a text"),
        T(
            "Keys are plain texts. Put a key that reads as a number, a boolean or nothing in "
            "quotes."
        ),
    ),
    Rule(
        "SMS110",
        Severity.ERROR,
        T("The kind of a document is unknown"),
        T(
            "Every document says `kind: Sign`, `Template`, `Application` or `Probe`. "
            "`kind: Project` belongs in smsops.yaml and nowhere else. Ignoring a document would "
            "turn it into a delete."
        ),
    ),
    Rule(
        "SMS111",
        Severity.ERROR,
        T("A field is unknown"),
        T("The schema of the kind does not have this field; `smsops schema KIND` prints it."),
    ),
    Rule(
        "SMS112",
        Severity.ERROR,
        T("A required field is missing"),
        T("Add the field. A field with the value null, or without a value, is missing too."),
    ),
    Rule(
        "SMS113",
        Severity.ERROR,
        T("A value has the wrong type"),
        T(
            "Booleans are `true` and `false`, nothing else. Numbers are plain decimals. A quoted "
            "value is a text."
        ),
    ),
    Rule(
        "SMS114",
        Severity.ERROR,
        T("A value is not allowed"),
        T("The value is not among those the field takes, or is not written as the field demands."),
    ),
    Rule(
        "SMS115",
        Severity.ERROR,
        T("Two manifests have one address"),
        T("An address (kind and metadata.name) belongs to one manifest. Rename one of them."),
    ),
    Rule(
        "SMS116",
        Severity.ERROR,
        T("A manifest directory is missing"),
        T(
            "Every directory of spec.manifests exists inside the project. A directory that is "
            "not there would turn everything in it into deletes."
        ),
    ),
    Rule(
        "SMS117",
        Severity.ERROR,
        T("lint.ignore names a rule that cannot be ignored"),
        T(
            "The code does not exist, the rule is about another kind, or it protects other "
            "commands: most of SMS1xx, the images and the uniqueness of signs and templates."
        ),
    ),
    Rule(
        "SMS118",
        Severity.INFO,
        T("A file declares nothing"),
        T("The file has no document, or only empty ones. Remove it if it is a leftover."),
    ),
    Rule(
        "SMS119",
        Severity.ERROR,
        T("A file has too many problems"),
        T("Only the first 1000 problems of a file are listed."),
    ),
    Rule(
        "SMS120",
        Severity.WARNING,
        T("A comment cuts a value short"),
        T(
            "In YAML a value without quotes ends at a space and a `#`: `content: order #{1}` is "
            "the text `order`. Put the whole value in quotes. A comment after a value is written "
            "with a space after its `#`."
        ),
    ),
    Rule(
        "SMS121",
        Severity.ERROR,
        T("A manifest has a name that is not read"),
        T(
            "Manifests end in `.yaml` or `.yml`, in small letters. A file that ends in `.YAML` "
            "or `.yaml.txt` would be left out, and the next apply would delete what it declares. "
            "Names that start with a dot and backups of editors (`x.yaml~`, `x.yaml.bak`) are "
            "passed over."
        ),
    ),
    Rule(
        "SMS122",
        Severity.WARNING,
        T("A directory holds manifests that are not read"),
        T(
            "`spec.manifests` names directories, and one that would be read without it is not "
            "among them: `signs`, `templates`, `applications` or `probes`. Add it, or remove the "
            "line."
        ),
        optional=True,
    ),
    Rule(
        "SMS130",
        Severity.WARNING,
        T("A manifest leaves out what a submission needs"),
        T(
            "Only what the API returns must be declared; the rest is needed when something is "
            "submitted. A plan that would create, update or replace the object is blocked until "
            "the fields are filled in. A field that is left out has no desired value: it is "
            "neither a change nor drift. `lint.incomplete` of smsops.yaml sets the severity: "
            "`allow`, `warn` or `error`."
        ),
        optional=True,
    ),
    Rule(
        "SMS131",
        Severity.WARNING,
        T("An exception without a reason"),
        T(
            "`lint.ignore` of a manifest says which rules do not count there; `lint.reason` says "
            "why, for whoever reads it later."
        ),
        optional=True,
    ),
    Rule(
        "SMS132",
        Severity.ERROR,
        T("A request of an export stands as a value"),
        T(
            "Comments of exported and adopted manifests say FILL IN where something is missing. "
            "Whoever takes the # away has to write the value; a reviewer would read the request."
        ),
    ),
    Rule(
        "SMS140",
        Severity.ERROR,
        T("A patch has no manifest"),
        T(
            "`metadata.address` of a patch in `environments/NAME/` is the address of a manifest, "
            "such as `template.login-code`. A patch that meets none was mistyped, or outlived its "
            "manifest."
        ),
    ),
    Rule(
        "SMS141",
        Severity.ERROR,
        T("A patch changes nothing"),
        T(
            "A value that is so without the patch hides that the environment does not differ any "
            "more. Remove the field, or the patch: that is how a difference is promoted."
        ),
    ),
    Rule(
        "SMS142",
        Severity.ERROR,
        T("Two patches change the same field"),
        T("Which one counts would depend on the names of files. Remove one."),
    ),
    Rule(
        "SMS143",
        Severity.ERROR,
        T("Patches of no environment"),
        T(
            "A directory in `environments/` has the name of an entry of `spec.environments`. "
            "Patches in any other would be read by nobody."
        ),
    ),
    Rule(
        "SMS144",
        Severity.ERROR,
        T("Two environments share a state"),
        T(
            "Each environment keeps a state of its own. Without `state.name` it is named after "
            "the project and the environment."
        ),
    ),
    Rule(
        "SMS145",
        Severity.WARNING,
        T("Two environments share an account"),
        T(
            "Both take over the same signs and templates of that account and region, and what one "
            "replaces or deletes is gone for the other. Give each an account, or let `only` "
            "separate them: `{international: true}` in one, `false` in the other."
        ),
    ),
)
