"""What a reader does with a notebook in JupyterLab, before whatever a test is about."""

import re


def open_notebook(page, url: str) -> None:
    page.goto(url)
    wait_for_kernel(page)


def wait_for_kernel(page) -> None:
    """Until the notebook is there, and with it a kernel, without which JupyterLab asks questions."""
    page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
    page.locator(".jp-NotebookPanel-toolbar").get_by_text(re.compile("Python 3")).wait_for()


def run_all_cells(page, at_least: int = 20) -> None:
    """Run them, and wait until each has its number. JupyterLab drops a run without a word before there is a kernel."""
    while not any(text.strip("[]: ") for text in prompts(page)):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_timeout(3000)
    page.wait_for_function(
        """least => {
            const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent);
            return prompts.length >= least && prompts.every(text => /\\[\\d+\\]/.test(text));
        }""",
        arg=at_least,
        timeout=0,  # pytest has one
    )


def prompts(page) -> list[str]:
    """What stands before the code cells: [ ]: not run, [*]: running, [7]: done."""
    return page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()


def choose_no_kernel(page) -> None:
    """Answer the question that JupyterLab asks of a notebook whose kernel it does not know."""
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_role("button", name="No Kernel").click()
    dialog.wait_for(state="detached")
