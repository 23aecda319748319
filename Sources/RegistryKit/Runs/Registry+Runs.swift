private import Catalog
private import Diagnostics

extension Registry {
  /// A page of runs, the newest first unless it says otherwise.
  ///
  /// - Throws: `malformed_search` for a condition or an order, `unknown_run` for the last of the page
  ///   before.
  /// - Complexity: O(page), see the catalogue's search.
  public func runs(_ list: ListRequest = ListRequest()) throws -> RunList {
    var request = try SearchRequest(.runs, list)
    request.after = try list.after.map { try catalog.runRow($0) }
    if request.asksForState {
      // A process that was killed could not say so: such runs count as interrupted.
      request.lostRuns = try catalog.machinesOfRunningRuns()
        .filter { HostDescription.isGone($0.host) }.map(\.row)
    }
    let page = try catalog.search(request)
    let runs = try catalog.runs(page.ids).map(summary)
    return RunList(runs: runs, next: page.hasMore ? runs.last?.run : nil)
  }

  /// A run by its id or a unique beginning of it.
  ///
  /// - Throws: `unknown_run`, `ambiguous_run`.
  public func run(_ id: String) throws -> RunSummary {
    guard let run = try catalog.runs([catalog.liveRunRow(id)]).first else {
      preconditionFailure("a run that has a row is listed")
    }
    return summary(of: run)
  }

  private func summary(of listing: RunListing) -> RunSummary {
    let (record, annotations) = (listing.run, listing.annotations)
    // A process that was killed could not say so.
    let isLost = record.state == .running && HostDescription.isGone(record.host)
    let state: RunState = isLost ? .interrupted : record.state
    return RunSummary(
      run: record.id, kind: record.kind.rawValue, state: state.rawValue, model: record.model,
      base: record.base.map { ModelName(model: $0.name, version: $0.version) },
      produced: record.produced.map { ModelName(model: $0.name, version: $0.version) },
      datasets: record.datasets.map { "\($0.name)@\($0.version)" },
      parameters: record.parameters, metrics: listing.metrics, seed: record.seed,
      startedAt: record.startedAt.iso8601,
      endedAt: record.endedAt?.iso8601,
      seconds: record.endedAt.map { $0.seconds(since: record.startedAt) }, host: record.host,
      program: record.program,
      message: record.message ?? (isLost ? "Its process ended without finishing it." : nil),
      tags: annotations.tags, note: annotations.note)
  }
}

extension Timestamp {
  /// The seconds from an earlier moment to this one.
  fileprivate func seconds(since start: Timestamp) -> Double {
    Double(microseconds - start.microseconds) / 1e6
  }
}
