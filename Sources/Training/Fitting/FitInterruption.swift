/// A caller's wish to stop, between two blocks of rows or two batches.
struct FitInterruption: Error {}
