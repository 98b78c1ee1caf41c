# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
#
# Windows: sets up what is missing and runs every check and test. All steps run; the exit code is 1 if one failed.
# Untested on any Windows machine so far. Tests that need pseudo-terminals or signals are for Linux and macOS.
Set-Location (Join-Path $PSScriptRoot "..")
. (Join-Path $PSScriptRoot "lib/setup.ps1")
Install-Verifield "dev"

$failed = @()
function Step([string]$Name, [string[]]$Arguments) {
    Write-Output "" "== $Name"
    & $VerifieldPython @Arguments
    if ($LASTEXITCODE -ne 0) { $script:failed += $Name }
}

Step "format" @("-m", "ruff", "format", "--check", ".")
Step "lint" @("-m", "ruff", "check", ".")
Step "types" @("-m", "mypy")
Step "unit" @("-m", "pytest", "-q", "--numprocesses=auto", "tests/unit")
Step "integration" @("-m", "pytest", "-q", "tests/integration")
Step "desktop, offscreen" @("-m", "pytest", "-q", "tests/desktop")
$env:QT_QPA_PLATFORM = "windows"
Step "desktop, in a real window" @("-m", "pytest", "-q", "tests/desktop")
$env:QT_QPA_PLATFORM = $null
Step "speed" @("-m", "pytest", "-q", "tests/bench")

foreach ($name in $failed) { Write-Output "failed: $name" }
exit [int]($failed.Count -gt 0)
