"""Sums up the state dicts and the costs of the libraries' networks in summaries.txt.

A line for each network, with tabs between: our name, the parameters, the multiply-adds of its
convolutions, linear layers and attentions at the input size that is given, the number of tensors,
and the SHA-256 of the list of all tensors (`name`, tab, `[shape]`, newline; as make-state-dicts.py
writes it). Given a name as the argument, prints that list instead. Needs torch, torchvision and timm.

A state dict lists the tensors that a module owns itself before those of its children. Such tensors
(class tokens, position embeddings, layer scales) stand at the end of the list here, because our
descriptions list layers in the order in which they compute.
"""

import collections
import hashlib
import pathlib
import sys

import timm
import torch
import torchvision

# The size of the input, for networks of one size.
TORCHVISION = {
    224: ["resnet18", "resnet34", "resnet50", "resnet101", "wide_resnet50_2", "mobilenet_v2",
          "alexnet", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19",
          "vgg19_bn", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0",
          "convnext_tiny", "convnext_small", "vit_b_16", "squeezenet1_0", "squeezenet1_1",
          "densenet121", "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5",
          "shufflenet_v2_x2_0"],
    240: ["efficientnet_b1"],
    288: ["efficientnet_b2"],
    300: ["efficientnet_b3"],
    380: ["efficientnet_b4"],
}
TIMM = {
    224: ["tf_efficientnet_lite0", "mobilenetv2_100", "mobilenetv3_small_100",
          "mobilenetv3_large_100", "tf_efficientnet_b0", "efficientnet_b0", "convnext_tiny",
          "convnext_small", "vit_tiny_patch16_224", "vit_small_patch16_224",
          "vit_base_patch16_224"],
    240: ["tf_efficientnet_lite1", "tf_efficientnet_b1", "efficientnet_b1"],
    256: ["efficientnet_b2"],
    260: ["tf_efficientnet_lite2", "tf_efficientnet_b2"],
    288: ["efficientnet_b3"],
    300: ["tf_efficientnet_lite3", "tf_efficientnet_b3"],
    320: ["efficientnet_b4"],
    380: ["tf_efficientnet_lite4", "tf_efficientnet_b4"],
}



def convnet():
    """Our own network for small pictures."""

    def block(inputs, outputs):
        return torch.nn.Sequential(collections.OrderedDict(
            conv=torch.nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
            bn=torch.nn.BatchNorm2d(outputs), relu=torch.nn.ReLU()))

    widths = [3, 32, 64, 128, 256]
    return torch.nn.Sequential(collections.OrderedDict(
        stages=torch.nn.Sequential(*(
            torch.nn.Sequential(block(before, width), block(width, width), torch.nn.MaxPool2d(2))
            for before, width in zip(widths, widths[1:]))),
        global_pool=torch.nn.AdaptiveAvgPool2d(1), flatten=torch.nn.Flatten(),
        fc=torch.nn.Linear(widths[-1], 1000)))


def multiply_adds(model, size):
    count = 0

    def hook(module, _, output):
        nonlocal count
        count += output.numel() // module.weight.shape[0] * module.weight.numel()

    # The products of queries with keys and of weights with values are those of no module.
    def attention_hook(module, inputs, _):
        nonlocal count
        _, tokens, width = inputs[0].shape
        count += 2 * tokens * tokens * width
        if isinstance(module, torch.nn.MultiheadAttention):
            # It multiplies with these weights itself, without calling a module.
            count += tokens * (module.in_proj_weight.numel() + module.out_proj.weight.numel())

    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(hook)
        if isinstance(module, (torch.nn.MultiheadAttention, timm.layers.Attention)):
            module.register_forward_hook(attention_hook)
    # Without numbers: shapes are enough.
    model.eval()(torch.zeros(1, 3, size, size, device="meta"))
    return count


def listed(model):
    """Names and shapes, those of parameters that stand beside children last."""
    tensors = {key: list(value.shape) for key, value in model.state_dict().items()}
    beside = {
        f"{prefix}.{name}".lstrip(".")
        for prefix, module in model.named_modules()
        # A child of attention owns what it multiplies with, and those of timm's norms own nothing.
        if any(module.children())
        and not isinstance(module, (torch.nn.MultiheadAttention, torch.nn.BatchNorm2d))
        for name, _ in module.named_parameters(recurse=False)
    }
    return sorted(tensors.items(), key=lambda item: item[0] in beside)


# The fast path of torch.nn.MultiheadAttention would go around its hooks.
torch.backends.mha.set_fastpath_enabled(False)

# Where both have a name, timm's network has ours of docs/decisions/0001.
known = {name for names in TORCHVISION.values() for name in names}
with torch.device("meta"):
    models = [
        (name, getattr(torchvision.models, name)(weights=None), size)
        for size, names in TORCHVISION.items() for name in names
    ] + [
        (f"timm_{name}" if name in known else name, timm.create_model(name, pretrained=False), size)
        for size, names in TIMM.items() for name in names
    ] + [("convnet", convnet(), 64)]

lines = []
for name, model, size in models:
    tensors = listed(model)
    listing = "".join(f"{key}\t{shape}\n" for key, shape in tensors)
    if sys.argv[1:] == [name]:
        print(listing, end="")
    parameters = sum(p.numel() for p in model.parameters())
    digest = hashlib.sha256(listing.encode()).hexdigest()
    lines.append(f"{name}\t{parameters}\t{multiply_adds(model, size)}\t{len(tensors)}\t{digest}\n")
if len(sys.argv) == 1:
    (pathlib.Path(__file__).parent / "summaries.txt").write_text("".join(lines))
