import Foundation
import TestSupport
import Testing

struct LogTests {
  @Test func `another program's run is begun, logged to and ended`() throws {
    try withRegistryProcess { registry in
      try registry.succeed("init")
      let begun = try registry.succeed(
        "log", "--new", "wolfdog", "--param", "optimizer=adam", "--param", "epochs=3", "--seed", "7"
      )
      let run = try #require(begun[text: "run"])
      #expect(begun[text: "state"] == "running" && begun[count: "points"] == 0)
      // The program that began it is gone, and still it is running.
      #expect(try registry.succeed("runs", run)[text: "state"] == "running")
      for step in 1...3 {
        try registry.succeed(
          "log", run, "loss=\(1.0 / Double(step))", "accuracy=0.5", "--step", "\(step)")
      }
      try registry.succeed("log", run, "loss=0.125")
      try registry.succeed("log", String(run.prefix(12)), "odd=NaN", "--param", "late=1")
      try registry.succeed("log", run, "odd=-Infinity")
      try registry.succeed("log", run, "odd=Infinity")

      let history = try registry.succeed("metrics", run)
      let metrics = history[object: "metrics"]
      #expect(metrics[list: "loss"].map { $0[count: "step"] } == [1, 2, 3, 4])
      #expect(metrics[list: "loss"].map { $0[number: "value"] } == [1, 0.5, 1.0 / 3, 0.125])
      #expect(metrics[list: "odd"].map { $0[text: "value"] } == ["NaN", "-Infinity", "Infinity"])
      #expect(history["next"] is NSNull)

      let ended = try registry.succeed("log", run, "test_accuracy=0.75", "--end")
      #expect(ended[text: "state"] == "finished" && ended[count: "points"] == 1)
      let shown = try registry.succeed("runs", run)
      #expect(shown[object: "metrics"][text: "odd"] == "Infinity")
      #expect(shown[object: "metrics"][number: "test_accuracy"] == 0.75)
      #expect(
        shown[object: "parameters"] as? [String: String]
          == ["optimizer": "adam", "epochs": "3", "late": "1"])
      #expect(shown[count: "seed"] == 7)
      for arguments in [["loss=1"], ["--param", "a=1"], ["--end"], ["--resume"]] {
        try registry.fail(["log", run] + arguments, "run_ended", exitCode: 73)
      }
      try registry.succeed("verify")
    }
  }

  @Test func `a run that failed may go on`() throws {
    try withRegistryProcess { registry in
      try registry.succeed("init")
      let run = try #require(try registry.succeed("log", "--new", "m", "a=1")[text: "run"])
      try registry.succeed("log", run, "--end", "--state", "failed", "--message", "no memory")
      let failed = try registry.succeed("runs", run)
      #expect(failed[text: "state"] == "failed" && failed[text: "message"] == "no memory")
      try registry.fail(["log", run, "a=2"], "run_ended", exitCode: 73)
      try registry.succeed("log", run, "--resume", "a=2", "--end")
      let metrics = try registry.succeed("metrics", run)[object: "metrics"]
      #expect(metrics[list: "a"].map { $0[count: "step"] } == [1, 2])
    }
  }

  @Test func `a file of metrics is stored whole or not at all`() throws {
    try withRegistryProcess { registry in
      try registry.succeed("init")
      let run = try #require(try registry.succeed("log", "--new", "m")[text: "run"])
      var lines = (0..<2500).map { #"{"step": \#($0), "loss": \#(Double($0) / 8), "b": "NaN"}"# }
      lines.insert("", at: 9)
      let good = registry.folder.appending(path: "good.jsonl")
      try Data(lines.joined(separator: "\r\n").utf8).write(to: good)
      #expect(try registry.succeed("log", run, "--file", good.path)[count: "points"] == 5000)

      let bad = registry.folder.appending(path: "bad.jsonl")
      for (line, part) in [
        ("{\"a\": }", "JSON object"), ("[1]", "JSON object"), ("{\"a\": \"x\"}", "text"),
        ("{\"step\": 1.5, \"a\": 1}", "step"), ("{\"time\": \"soon\", \"a\": 1}", "time"),
        ("{\"a\": true}", "JSON object"), ("{\"a\": null}", "JSON object"),
      ] {
        try Data((lines[..<5] + [line]).joined(separator: "\n").utf8).write(to: bad)
        let error = try registry.fail(
          ["log", run, "--file", bad.path], "bad_metric_file", exitCode: 65)
        #expect(error[text: "message"]?.contains("Line 6") == true, "\(error)")
        #expect(error[text: "message"]?.contains(part) == true, "\(error)")
      }
      try Data(String(repeating: "x", count: 1_100_000).utf8).write(to: bad)
      try registry.fail(["log", run, "--file", bad.path], "line_too_long", exitCode: 65)
      try registry.fail(["log", run, "--file", "/nowhere"], "no_such_file", exitCode: 66)
      try registry.fail(["log", "ffff", "--file", good.path], "unknown_run", exitCode: 66)
      let history = try registry.succeed("metrics", run, "--key", "loss", "--limit", "1000")
      #expect(history[object: "metrics"][list: "loss"].count == 1000)
      #expect(history[count: "next"] == 999)
      let rest = try registry.succeed(
        "metrics", run, "--limit", "1000", "--after-step", "1999")
      #expect(rest[object: "metrics"][list: "b"].count == 500 && rest["next"] is NSNull)
      let thinned = try registry.succeed("metrics", run, "--key", "loss", "--points", "10")
      #expect(thinned[object: "metrics"][list: "loss"].count <= 10)
      #expect(thinned[object: "metrics"][list: "loss"].last?[count: "step"] == 2499)
      try registry.succeed("verify")
    }
  }

  @Test func `what comes through a pipe is stored up to the line that breaks the rules`() throws {
    try withRegistryProcess { registry in
      try registry.succeed("init")
      let run = try #require(try registry.succeed("log", "--new", "m")[text: "run"])
      let input =
        "{\"step\": 1, \"a\": 1}\n{\"step\": 2, \"a\": 2}\nnonsense\n{\"step\": 3, \"a\": 3}\n"
      let result = try registry.run(["log", run, "--file", "-", "--json"], input: input)
      #expect(result.exitCode == 65)
      #expect(try result.error()[text: "code"] == "bad_metric_file")
      let metrics = try registry.succeed("metrics", run)[object: "metrics"]
      #expect(metrics[list: "a"].map { $0[count: "step"] } == [1, 2])
    }
  }

  @Test(arguments: [
    ["log"], ["log", "loss=1"], ["log", "3f2a"], ["log", "3f2a", "loss"],
    ["log", "3f2a", "loss=high"],
    ["log", "3f2a", "=1"], ["log", "3f2a", "a=1", "--base", "m"],
    ["log", "3f2a", "--message", "x"],
    ["log", "--new", "m", "--resume"], ["log", "3f2a", "a=0x10"],
    ["log", "--new", "m", "--param", "a=1", "--param", "a=2"],
  ])
  func `what cannot be meant is refused before anything is opened`(arguments: [String]) throws {
    try withRegistryProcess { registry in
      let result = try registry.run(arguments)
      #expect(result.exitCode == 64)
    }
  }

  @Test func `lists are searched, sorted and paged`() throws {
    try withRegistryProcess { registry in
      try registry.succeed("init")
      var runs: [String] = []
      for number in 0..<5 {
        let run = try #require(
          try registry.succeed(
            "log", "--new", "m\(number)", "--param", "learning rate=\(number)e-3",
            "loss=\(number == 3 ? "NaN" : "\(10 - number)")", "--end")[text: "run"])
        runs.append(run)
      }
      func found(_ arguments: String...) throws -> [Int] {
        try registry.run(["runs", "--json"] + arguments).json()[list: "runs"].compactMap {
          runs.firstIndex(of: $0[text: "run"] ?? "")
        }
      }
      #expect(try found() == [4, 3, 2, 1, 0])
      #expect(try found("--where", "metrics.loss > 7.5 or metrics.loss = NaN") == [3, 2, 1, 0])
      #expect(try found("--where", "params.`learning rate` >= 0.003 and model != m4") == [3])
      #expect(
        try found("--where", "started > -1h and state = finished and kind = train").count == 5)
      #expect(try found("--where", "started < '2020-01-01'") == [])
      #expect(try found("--sort", "metrics.loss") == [4, 2, 1, 0, 3])
      #expect(try found("--sort", "metrics.loss desc", "--limit", "2", "--offset", "1") == [1, 2])
      let page = try registry.succeed("runs", "--limit", "2")
      #expect(page[text: "next"] == runs[3])
      #expect(try found("--limit", "2", "--after", runs[3]) == [2, 1])
      #expect(
        try registry("runs", "--where", "model = none").standardOutput == "No run is like that.\n")

      let wrong = try registry("runs", "--where", "metrics.loss > 7 and stat = finished")
      #expect(wrong.exitCode == 64)
      #expect(
        wrong.standardError == """
          Error: 'stat' is nothing that runs have.
            at: --where, column 22
              metrics.loss > 7 and stat = finished
                                   ^^^^
            try: Did you mean state? They have run, kind, state, model, base, produced, dataset, seed, program, message, started, ended, seconds, params.NAME, metrics.NAME, tags.NAME.

          """)
      try registry.fail(["runs", "--sort", "loss"], "malformed_search", exitCode: 64)
      try registry.fail(
        ["models", "--where", "descendant of nobody@1"], "unknown_model", exitCode: 66)
      #expect(try registry("models", "--after", "m@1", "--sort", "created").exitCode == 64)
    }
  }
}
