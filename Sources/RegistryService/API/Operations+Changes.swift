internal import Diagnostics
internal import HTTPTypes
internal import RegistryKit

extension Operation {
  /// What changes models.
  @OperationList static func modelChanges() -> [Operation] {
    post(
      "models/{model}/aliases", "Points an alias to a model version.", .model, body: AliasBody.self
    ) { call, registry, body in try registry.setAlias(body.alias, to: call.path("model")) }
    delete(
      "models/{model}/aliases/{alias}", "Removes an alias.",
      [Parameter].model + [Parameter.path("alias", "The alias.")]
    ) { call, registry in
      try registry.removeAlias(call.path("alias"), of: call.path("model"))
    }
    post(
      "models/{model}/tags", "Changes the tags and the note of a model or a version.", .model,
      body: TagBody.self
    ) { call, registry, body in try registry.tag(body.request(.model(call.path("model")))) }
    post(
      "models/{model}/recall", "Recalls a version and all that descends from it.", .model,
      body: ReasonBody.self
    ) { call, registry, body in try registry.recall(call.path("model"), reason: body.reason) }
    post(
      "models/{model}/recall/undo", "Takes back a recall.", .model, body: OptionalReasonBody.self
    ) { call, registry, body in
      try registry.undoRecall(of: call.path("model"), reason: body.reason)
    }
    post(
      "derive", "Derives a child with a new head, not trained yet.", body: DeriveOptionList.self
    ) { _, registry, body in try registry.derive(body.request()) }
  }

  /// What changes datasets, runs and the store.
  @OperationList static func recordChanges() -> [Operation] {
    post(
      "datasets/{dataset}/tags", "Changes the tags and the note of a dataset.", .dataset,
      body: TagBody.self
    ) { call, registry, body in try registry.tag(body.request(.dataset(call.path("dataset")))) }
    post(
      "runs/{run}/tags", "Changes the tags and the note of a run.", .run, body: TagBody.self
    ) { call, registry, body in try registry.tag(body.request(.run(call.path("run")))) }
    post("runs", "Begins a run that another program does.", body: RunBody.self) {
      _, registry, body in try registry.beginRun(body.request)
    }
    post(
      "runs/{run}/metrics", "Adds numbers to the history of a run that is going on.", .run,
      body: MetricsBody.self
    ) { call, registry, body in
      try registry.log(body.metrics.map { try $0.metric() }, to: call.path("run"))
    }
    post(
      "runs/{run}/parameters", "Adds parameters to a run that is going on.", .run,
      body: ParametersBody.self
    ) { call, registry, body in
      try registry.setParameters(body.parameters, of: call.path("run"))
      return try registry.run(call.path("run"))
    }
    post("runs/{run}/end", "Ends a run that another program does.", .run, body: RunEndBody.self) {
      call, registry, body in
      try registry.endRun(call.path("run"), body.end(), message: body.message)
    }
    post("runs/{run}/resume", "Lets a run go on that has ended early.", .run, body: EmptyBody.self)
    { call, registry, _ in try registry.resumeRun(call.path("run")) }
    post(
      "delete", "Deletes models, datasets and runs, until garbage is collected.",
      body: DeleteBody.self
    ) { _, registry, body in
      try registry.delete(
        DeleteRequest(
          subjects: body.subjects, includesDescendants: body.descendants ?? false,
          isForced: body.force ?? false))
    }
    post(
      "restore", "Restores what was deleted; what was deleted last if nothing is named.",
      body: SubjectsBody.self
    ) { _, registry, body in
      body.subjects.isEmpty
        ? try registry.restoreLastDeletion() : try registry.restore(body.subjects)
    }
    post("gc", "Frees the bytes of what was deleted.", role: .admin, body: CollectBody.self) {
      _, registry, body in try registry.collectGarbage(isTrial: body.dryRun ?? false)
    }
    tokens
    post("tokens", "Makes a token, which is told once.", role: .admin, body: TokenBody.self) {
      _, registry, body in
      try registry.createToken(
        body.name, role: body.role ?? .read, expiresInDays: body.expiresIn)
    }
    delete(
      "tokens/{name}", "Makes a token worth nothing.",
      [Parameter.path("name", "The name of the token.")], role: .admin
    ) { call, registry in try registry.revokeToken(call.path("name")) }
  }

  private static let tokens = Operation(
    method: .get, path: "tokens", summary: "Lists all tokens, without their secrets.",
    role: .admin, parameters: [],
    answer: .json(.object([("tokens", .of([TokenSummary].self))]))
  ) { call in
    let text = try await call.served.read { registry in
      try JSONValue(encoding: ["tokens": registry.tokens()]).line
    }
    return JSONAnswer(text).response(to: call.request)
  }
}

/// Nothing to say.
struct EmptyBody: Codable, Sendable {}

extension TagBody {
  fileprivate func request(_ subject: RegistrySubject) throws -> TagRequest {
    guard note == nil || removeNote != true else {
      throw RegistryError.malformed(
        "The note is to be replaced and removed.", "remove_note", remedy: "Give one of both.")
    }
    return TagRequest(
      subject: subject, tags: tags ?? [:], removedTags: remove ?? [],
      note: note.map { .replaced($0) } ?? (removeNote == true ? .removed : .kept))
  }
}

extension RunBody {
  fileprivate var request: LoggedRunRequest {
    LoggedRunRequest(
      model: model, kind: kind ?? "train", base: base, datasets: dataset ?? [],
      parameters: parameters ?? [:], seed: seed ?? 0)
  }
}

extension RunEndBody {
  fileprivate func end() throws -> LoggedRunEnd {
    guard let state else { return .finished }
    guard let end = LoggedRunEnd(rawValue: state) else {
      throw RegistryError.malformed(
        "There is no such end.", "state",
        remedy: "Give one of: \(LoggedRunEnd.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    return end
  }
}

extension MetricsBody.Point {
  fileprivate func metric() throws -> LoggedMetric {
    try LoggedMetric(key: key, value: value.value, step: step, iso8601: time)
  }
}
