// What calls throw and report to is declared below; programs that embed a registry import one module.
@_exported public import Diagnostics
