"""The TypeScript of our documents compiles with the present layer.

The documents are docs/howto/use-the-layer.md, docs/reference/typescript-by-example.md and frontend/package/README.md.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tests.documentation.blocks import ROOT, blocks

from setpoint.testing.patience import patient

FRONTEND = ROOT / "frontend"
PAGES = (
    ("docs/howto/use-the-layer.md", "ts"),
    ("docs/howto/use-the-layer.md", "tsx"),
    ("docs/reference/typescript-by-example.md", "ts"),
    ("docs/reference/typescript-by-example.md", "tsx"),
    ("frontend/package/README.md", "tsx"),
)
LAYER = (
    "Api", "SetpointProvider", "fetchPlant", "formOf", "parseWorkbook",
    "useFieldFeedback", "useLiveSocket", "useMachineStore", "useSession",
)  # fmt: skip
GIVEN = """
import type { Root } from "react-dom/client";
declare const root: Root;
declare const file: File;
declare function toast(text: string): void;
declare function App(): null;
const TOPICS = ["line:01"];
"""
"""What an application already has."""


def with_imports(program: str) -> str:
    """Returns the program as a module, with the imports and declarations of earlier blocks of its page."""
    imports = " ".join(re.findall(r"^import [^;]*;", program, re.MULTILINE))
    layer = f'import {{ {", ".join(name for name in LAYER if name not in imports)} }} from "setpoint-live";'
    declarations = [line for line in GIVEN.splitlines() if not _is_declared(line, program)]
    return "\n".join([layer, *declarations, program, "export {};"])


def _is_declared(line: str, program: str) -> bool:
    found = re.search(r"(?:const|function) (\w+)", line)
    return found is not None and re.search(rf"(?:const|function) {found[1]}\b", program) is not None


def test_every_program_of_the_layers_pages_compiles(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(FRONTEND / "node_modules")
    count = 0
    for page, language in PAGES:
        for program in blocks(page, language):
            count += 1
            (tmp_path / f"block{count}.{language}").write_text(with_imports(program), "utf-8")
    assert count >= 5
    settings = {
        "extends": str(FRONTEND / "tsconfig.app.json"),
        "compilerOptions": {
            "composite": False,
            "incremental": False,
            "noEmit": True,
            "noUnusedLocals": False,
            "noUnusedParameters": False,
            "paths": {"setpoint-live": [str(FRONTEND / "src/layer.ts")]},
        },
        "include": ["block*"],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings), "utf-8")
    process = subprocess.run(
        [FRONTEND / "node_modules/.bin/tsc", "-p", tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=patient(120),
    )
    assert process.returncode == 0, process.stdout
