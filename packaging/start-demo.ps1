# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
#
# Windows: sets up what is missing and opens the window on simulated instruments. Untested on any Windows machine so far.
Set-Location (Join-Path $PSScriptRoot "..")
. (Join-Path $PSScriptRoot "lib/setup.ps1")
Install-Verifield "window"
& $VerifieldPython -m app --demo @args
exit $LASTEXITCODE
