# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
#
# Windows: makes .venv and installs Verifield into it, unless that was done for this pyproject.toml. Sourced by the scripts
# beside it. Untested on any Windows machine so far.
$ErrorActionPreference = "Stop"
$VerifieldPython = Join-Path (Get-Location) ".venv\Scripts\python.exe"

function Install-Verifield([string]$Extra) {
    if (-not (Test-Path $VerifieldPython)) {
        Write-Output "Making a Python environment in .venv"
        & py -3 -c "import sys; sys.exit(sys.version_info < (3, 11))"
        if ($LASTEXITCODE -ne 0) { throw "Verifield needs Python 3.11 or newer, and none was found." }
        & py -3 -m venv .venv
        if ($LASTEXITCODE -ne 0) { throw "The Python environment could not be made (see above)." }
    }
    $stamp = ".venv\verifield-setup"
    $wanted = (Get-FileHash pyproject.toml -Algorithm SHA256).Hash.ToLower()
    $doneFor = if (Test-Path $stamp) { (Get-Content $stamp -Raw).Trim() } else { "" }
    if ($doneFor -in @("$wanted $Extra", "$wanted dev")) { return }
    Write-Output "Installing Verifield and its libraries into .venv (the first time this takes minutes)"
    & $VerifieldPython -m pip install --quiet --disable-pip-version-check --editable ".[$Extra]"
    if ($LASTEXITCODE -ne 0) { throw "The libraries could not be installed (see above). Check the network and start again." }
    Set-Content $stamp "$wanted $Extra"
}
