package import Networks
package import Tensors

extension FreezePlan {
  /// The tensors of frozen layers that do not have the base's digests, in the network's order.
  package func changedTensors(
    of network: Network, _ digests: [String: Digest], from base: [String: Digest]
  ) -> [(layer: String, tensor: String)] {
    let frozen = Set(frozenLayers)
    return network.layersWithTensors.filter { frozen.contains($0.name) }.flatMap { layer in
      layer.tensors.map(\.name).filter { digests[$0] != base[$0] }.map { (layer.name, $0) }
    }
  }
}
