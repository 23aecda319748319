import Foundation
import Testing

@testable import RegistryCommand
@testable import RegistryKit

struct LineageGraphTests {
  private func name(_ text: String) -> ModelName {
    let parts = text.split(separator: "@")
    return ModelName(model: String(parts[0]), version: Int(parts[1]) ?? 0)
  }

  private func graph(
    _ names: [String], _ edges: [(String, String)], subject: String = "other@1"
  ) -> LineageGraph {
    LineageGraph(
      subject: name(subject),
      nodes: names.map {
        LineageGraph.Node(
          model: name($0).model, version: name($0).version, run: nil, dataset: nil, createdAt: "",
          deleted: name($0).model == "gone")
      },
      edges: edges.map {
        LineageGraph.Edge(
          base: name($0.0), child: name($0.1), inheritedLayers: 18, retrainedLayers: 0,
          addedLayers: 1, droppedLayers: 1, sharedBytes: 13_600_000, newBytes: 10_248)
      })
  }

  private let took = "18 inherited, 1 added, 1 dropped; 10.2 KB new, 13.6 MB shared"

  @Test func `children stand below their base, and the model asked for is marked`() {
    let graph = graph(
      ["net@1", "wolfdog@1", "coyote@1", "fox@1"],
      [("net@1", "wolfdog@1"), ("wolfdog@1", "coyote@1"), ("net@1", "fox@1")],
      subject: "coyote@1")
    #expect(
      graph.tree(.plain) == """
        net@1
        ├─ wolfdog@1  \(took)
        │  └─ coyote@1 ◀  \(took)
        └─ fox@1  \(took)

        """)
  }

  @Test func `a deleted base is marked in every form`() throws {
    let graph = graph(["gone@1", "b@1"], [("gone@1", "b@1")])
    #expect(graph.tree(.plain) == "gone@1  deleted\n└─ b@1  \(took)\n")
    #expect(try graph.text(in: LineageDot()).contains("[label=\"gone@1\\ndeleted\"]"))
    #expect(try graph.text(in: LineageMermaid()).contains("n0[\"gone@1<br>deleted\"]"))
  }

  @Test func `each root starts a tree`() {
    let graph = graph(["a@1", "b@1", "c@1"], [("b@1", "c@1")])
    #expect(graph.tree(.plain) == "a@1\nb@1\n└─ c@1  \(took)\n")
  }

  @Test func `a node with two bases is drawn out once`() {
    let graph = graph(
      ["a@1", "b@1", "c@1", "d@1"], [("a@1", "c@1"), ("b@1", "c@1"), ("c@1", "d@1")])
    let lines = graph.tree(.plain).split(separator: "\n")
    #expect(lines.count { $0.contains("d@1") } == 1)
    #expect(lines.last?.hasSuffix("(shown above)") == true)
  }

  @Test func `a chain of many versions neither overflows the stack nor ends`() {
    let names = (1...3_000).map { "m@\($0)" }
    let text = graph(names, Array(zip(names, names.dropFirst()))).tree(.plain)
    #expect(text.utf8.count { $0 == 0x0a } == 3_000)
  }

  @Test func `the dataset and the run of a node are told`() {
    var graph = graph(["a@1"], [])
    graph.nodes[0].dataset = "wolfdog@1"
    graph.nodes[0].run = "3f2a9c0123456789"
    #expect(graph.tree(.plain) == "a@1  on wolfdog@1  run 3f2a9c012345\n")
  }

  @Test func `Graphviz gets quoted names`() throws {
    var graph = graph(["a\"b\\@1", "c@1"], [("a\"b\\@1", "c@1")])
    graph.nodes[1].dataset = "d@1"
    #expect(
      try graph.text(in: LineageDot()) == #"""
        digraph lineage {
          rankdir=LR;
          node [shape=box];
          "a\"b\\@1";
          "c@1" [label="c@1\nd@1"];
          "a\"b\\@1" -> "c@1" [label="18 inherited, 1 added, 1 dropped; 10.2 KB new, 13.6 MB shared"];
        }

        """#)
  }

  @Test func `Mermaid gets escaped names`() throws {
    let graph = graph(["a\"]|<b@1", "狼@1"], [("a\"]|<b@1", "狼@1")])
    #expect(
      try graph.text(in: LineageMermaid()) == """
        flowchart LR
          n0["a#34;#93;#124;#60;b@1"]
          n1["狼@1"]
          n0 -->|"18 inherited, 1 added, 1 dropped#59; 10.2 KB new, 13.6 MB shared"| n1

        """)
  }

  @Test func `the JSON that is written piece by piece is that of the whole graph`() throws {
    var graph = graph(["a@1", "b@1", "c\"@2"], [("a@1", "b@1"), ("b@1", "c\"@2")])
    graph.nodes[1].recalled = [
      Recall(model: "a", version: 1, reason: "x", recalledAt: "t", undoneAt: nil, undoReason: nil)
    ]
    let lone = self.graph(["a@1"], [])
    for graph in [graph, lone] {
      let pieces = try graph.text(in: LineageJSON())
      let whole = try JSONValue(encoding: graph).text
      let objects = try [pieces, whole].map {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSDictionary
      }
      #expect(objects[0] != nil && objects[0] == objects[1])
    }
  }

  @Test func `a recall is told in every language`() throws {
    var graph = graph(["a@1", "b@1"], [("a@1", "b@1")])
    let recall = Recall(
      model: "a", version: 1, reason: "bad labels", recalledAt: "t", undoneAt: nil,
      undoReason: nil)
    graph.nodes[0].recalled = [recall]
    graph.nodes[1].recalled = [recall]
    #expect(graph.tree(.plain) == "a@1  recalled: bad labels\n└─ b@1  \(took)  recalled with a@1\n")
    #expect(try graph.text(in: LineageDot()).contains("color=red"))
    #expect(try graph.text(in: LineageMermaid()).contains("recalled with a@1"))
  }
}
