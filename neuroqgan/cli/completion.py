"""``neuroqgan completion``: scripts by which shells complete commands, options and values."""

from __future__ import annotations

import click

from neuroqgan.cli.command import Output, command
from neuroqgan.cli.streams import echo
from neuroqgan.errors import ConfigError

SHELLS = ("bash", "zsh", "fish", "powershell")
PROGRAM, VARIABLE = "neuroqgan", "_NEUROQGAN_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@command
def completion(output: Output, shell: str) -> None:
    """Print the script that makes a shell complete commands, options and values with Tab.

    \b
    Examples:
        neuroqgan completion bash > neuroqgan-completion.bash
        neuroqgan completion zsh > neuroqgan-completion.zsh
        neuroqgan completion fish > neuroqgan.fish

    Runs, presets, backends, recordings, saved accounts and job ids are completed as well.

    bash (4.4 or later) and zsh read the script with `source FILE`; put that line, with the full
    path of the file, at the end of ~/.bashrc or ~/.zshrc. In fish, move the file to
    ~/.config/fish/completions. In PowerShell, run the file with a dot before its name from your
    profile. Then start a new shell.
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise ConfigError(
            f"The installed version of click has no completion for {shell}.",
            expected="a newer click",
            got=f"one without {shell}",
            hint="pip install --upgrade click",
        )
    script = found(click.get_current_context().find_root().command, {}, PROGRAM, VARIABLE).source()
    if output.as_json:
        output.result({"shell": shell, "script": script})
    else:
        echo(script.rstrip("\n"))
