"""Trains whole networks for three steps with PyTorch.

Weights, ordered by name, and images are those of recipe.py; the seed is the sum of the bytes of the
network's name. The loss is the mean cross-entropy with labels 0, 7, 14, ... modulo their number; the
optimizer is plain SGD. Dropout and stochastic depth are off: their masks are random. Batch norms are
in training mode.

Writes training.safetensors. For each network there are "evaluation", the logits in evaluation mode
before anything else, "logits", those of the first step, and "losses" of the three steps. The others
have for each tensor, ordered by name, a norm and a dot product with pseudo-random numbers, drawn
after the images, tensor by tensor: "gradients" of the first step, "statistics" the running ones after
it, and "changes" of the weights by the three steps. Its metadata tell the number of images and their
size in pixels. Everything is computed in double precision. Needs torch, torchvision, timm and
safetensors.

Pictures are small, so that sixty networks take minutes. AlexNet, VGG and the vision transformers, some
of whose tensors depend on the size of the picture, are made for small ones: the first two without the
adaptive pooling before their linear layers, which does nothing at the size that they were made for.

A number near the kink of a ReLU takes another path in single precision. So each network that has any
is there once more as "NAME smooth", with SiLU in place of ReLU, ReLU6 and hard swish, and the logistic
function in place of the hard sigmoid.

usage: make-training.py [NAME ...]             only those, keeping the others
       make-training.py --single [NAME ...]    how far PyTorch's own single precision is from the file,
                                               as a row of the table in docs/numerics.md
"""

import json
import pathlib
import sys

import safetensors
import timm
import torch
import torchvision
from recipe import Sequence
from safetensors.torch import save_file

LABELS = 16
RATE = 0.01
# Images and pixels where they are not 4 and 64.
SIZES = {
    "mobilenet_v2": (4, 96),
    "tf_efficientnet_lite0": (4, 96),
    "squeezenet1_0": (2, 96),
    "squeezenet1_1": (2, 96),
    "alexnet": (4, 96),
    "vit_tiny_patch16_224": (2, 224),
} | {
    name: (2, 64)
    for name in [
        "convnext_tiny", "convnext_small", "timm_convnext_tiny", "timm_convnext_small",
        "vit_small_patch16_224", "vit_base_patch16_224", "vit_b_16",
    ]
}
TORCHVISION = [
    "resnet18", "resnet34", "resnet50", "resnet101", "wide_resnet50_2", "mobilenet_v2",
    "mobilenet_v3_small", "mobilenet_v3_large", *[f"efficientnet_b{n}" for n in range(5)],
    "convnext_tiny", "convnext_small", "vit_b_16", "squeezenet1_0", "squeezenet1_1", "densenet121",
    *[f"shufflenet_v2_x{width}" for width in ["0_5", "1_0", "1_5", "2_0"]], "alexnet",
    *[f"vgg{depth}{norm}" for depth in [11, 13, 16, 19] for norm in ["", "_bn"]],
]
# Names there.
TIMM = {
    name: name.removeprefix("timm_")
    for name in [
        "mobilenetv2_100", "mobilenetv3_small_100", "mobilenetv3_large_100",
        *[f"tf_efficientnet_lite{n}" for n in range(5)],
        *[f"timm_efficientnet_lite{n}" for n in range(5)],
        *[f"tf_efficientnet_b{n}" for n in range(5)],
        *[f"timm_efficientnet_b{n}" for n in range(5)],
        "timm_convnext_tiny", "timm_convnext_small",
        *[f"vit_{size}_patch16_224" for size in ["tiny", "small", "base"]],
    ]
}
# The names of efficientnet-pytorch for TensorFlow's weights.
PORTS = [f"efficientnet_lite{n}" for n in range(5)]
NETWORKS = [*TORCHVISION, *TIMM, *PORTS, "convnet"]
PARTS = ["evaluation", "logits", "losses", "gradients", "statistics", "changes"]
KINKS = ["ReLU", "ReLU6", "Hardswish", "HardSwish", "Hardsigmoid", "HardSigmoid"]
path = pathlib.Path(__file__).parent / "training.safetensors"


class ConvNet(torch.nn.Module):
    """What Sources/Networks/Architectures/ConvNet.swift describes."""

    def __init__(self, labels):
        super().__init__()
        channels = [3, 32, 64, 128, 256]
        self.stages = torch.nn.ModuleList(
            torch.nn.ModuleList(
                torch.nn.ModuleDict({
                    "conv": torch.nn.Conv2d(
                        channels[stage + index], channels[stage + 1], 3, padding=1, bias=False),
                    "bn": torch.nn.BatchNorm2d(channels[stage + 1]),
                    "relu": torch.nn.ReLU(),
                })
                for index in range(2))
            for stage in range(4))
        self.fc = torch.nn.Linear(256, labels)

    def forward(self, x):
        for stage in self.stages:
            for block in stage:
                x = block["relu"](block["bn"](block["conv"](x)))
            x = torch.nn.functional.max_pool2d(x, 2)
        return self.fc(x.mean((2, 3)))


def make(name, size):
    if name == "convnet":
        return ConvNet(LABELS)
    if name in PORTS:
        model = timm.create_model(f"tf_{name}", pretrained=False, num_classes=LABELS)
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 0.01
        return model
    transformer = {"vit": size}.get(name[:3])
    if name in TIMM:
        options = {"img_size": transformer} if transformer else {}
        return timm.create_model(TIMM[name], pretrained=False, num_classes=LABELS, **options)
    options = {"image_size": transformer} if transformer else {}
    model = getattr(torchvision.models, name)(weights=None, num_classes=LABELS, **options)
    if name.startswith(("vgg", "alexnet")):
        model.avgpool = torch.nn.Identity()
        inputs = model.features(torch.zeros(1, 3, size, size)).numel()
        position = next(
            index for index, it in enumerate(model.classifier) if isinstance(it, torch.nn.Linear))
        model.classifier[position] = torch.nn.Linear(inputs, 4096)
    return model


def port_name(key):
    """The name of a tensor of timm's in efficientnet-pytorch."""
    parts = key.split(".")
    if parts[0] != "blocks":
        first = {"conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1",
                 "classifier": "_fc"}[parts[0]]
        return ".".join([first, *parts[1:]])
    # The first stage has no expansion.
    roles = {"conv_dw": "_depthwise_conv", "bn1": "_bn1", "conv_pw": "_project_conv", "bn2": "_bn2"}
    if parts[1] != "0":
        roles = {"conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv",
                 "bn2": "_bn1", "conv_pwl": "_project_conv", "bn3": "_bn2"}
    return ".".join([f"{parts[1]}.{parts[2]}", roles[parts[3]], *parts[4:]])


def names(name, model):
    """The name of each tensor in the network's state dict."""
    keys = list(model.state_dict())
    if name not in PORTS:
        return {key: key for key in keys}
    result = {key: port_name(key) for key in keys}
    blocks = list(dict.fromkeys(
        new.split("._")[0] for key, new in result.items() if key.startswith("blocks")))
    numbers = {block: f"_blocks.{number}" for number, block in enumerate(blocks)}
    for key, new in result.items():
        if key.startswith("blocks"):
            block, rest = new.split("._", 1)
            result[key] = f"{numbers[block]}._{rest}"
    return result


class SmoothFunctions:
    """What DenseNet uses of torch.nn.functional."""

    relu = torch.nn.functional.silu
    adaptive_avg_pool2d = torch.nn.functional.adaptive_avg_pool2d
    dropout = torch.nn.functional.dropout


def smooth(module):
    """Replaces the activations whose slope jumps."""
    for name, child in module.named_children():
        kind = type(child).__name__
        if kind in KINKS:
            is_gate = kind.lower() == "hardsigmoid"
            setattr(module, name, torch.nn.Sigmoid() if is_gate else torch.nn.SiLU())
        else:
            smooth(child)


def compute(name, is_smooth, count, size, scalar=torch.float64):
    model = make(name, size)
    if is_smooth:
        smooth(model)
    # DenseNet has one beside its modules.
    torchvision.models.densenet.F = SmoothFunctions if is_smooth else torch.nn.functional
    sequence = Sequence(sum(name.encode()))
    state_dict = model.state_dict()
    renamed = names(name, model)
    by_name = {renamed[key]: key for key in state_dict}
    for new_name in sorted(by_name):
        new = sequence.tensor(new_name, list(state_dict[by_name[new_name]].shape))
        if new is not None:
            state_dict[by_name[new_name]] = new
    model.load_state_dict(state_dict)
    images = sequence.images(count, [3, size, size]).to(scalar)
    labels = torch.arange(count) * 7 % LABELS
    model = model.to(scalar).eval()
    with torch.no_grad():
        evaluation = model(images)
    model.train()
    for module in model.modules():
        if type(module).__name__ in ("Dropout", "DropPath", "StochasticDepth"):
            module.eval()
    parameters = [
        parameter for _, parameter in sorted(
            model.named_parameters(), key=lambda it: renamed[it[0]])]
    before = [parameter.detach().clone() for parameter in parameters]

    def sums(tensors):
        result = []
        for tensor in tensors:
            tensor, factors = tensor.double(), sequence.images(1, list(tensor.shape))[0].double()
            result.append([tensor.norm().item(), (tensor * factors).sum().item()])
        return torch.tensor(result, dtype=torch.float32).reshape(-1, 2)

    result = {"evaluation": evaluation.flatten().float()}
    optimizer = torch.optim.SGD(parameters, lr=RATE)
    losses = []
    for step in range(3):
        optimizer.zero_grad()
        logits = model(images)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        losses.append(loss.item())
        loss.backward()
        if step == 0:
            result["logits"] = logits.detach().flatten().float()
            result["gradients"] = sums(parameter.grad for parameter in parameters)
            result["statistics"] = sums(
                value for key, value in sorted(
                    model.state_dict().items(), key=lambda it: renamed[it[0]])
                if "running" in key)
        optimizer.step()
    result["losses"] = torch.tensor(losses, dtype=torch.float32)
    result["changes"] = sums(
        new.detach() - old for new, old in zip(parameters, before))
    return {part: tensor.contiguous() for part, tensor in result.items()}


def has_kinks(name, size):
    kinds = {type(module).__name__ for module in make(name, size).modules()}
    return not kinds.isdisjoint(KINKS)


def print_single_precision(wanted):
    """What NetworkTrainingTests measures of ours, of PyTorch in single precision."""
    with safetensors.safe_open(path, "pt") as file:
        networks = json.loads(file.metadata()["networks"])
        for variant, made in networks.items():
            name = variant.split(" ")[0]
            if wanted and name not in wanted:
                continue
            expected = {part: file.get_tensor(f"{variant}/{part}") for part in PARTS}
            found = compute(name, variant != name, made["images"], made["size"], torch.float32)
            numbers = [
                ((found[part] - expected[part]).abs() / expected[part].abs().max()).max().item()
                for part in ("evaluation", "logits")]
            loss = expected["losses"][0].item()
            numbers.append(abs(found["losses"][0].item() - loss) / loss)
            for part in ("gradients", "statistics", "changes"):
                norms = expected[part][:, :1]
                scales = norms.clamp(min=0.01 * norms.max().item() if len(norms) else 0)
                errors = (found[part] - expected[part]).abs() / scales
                numbers.append(errors.max().item() if len(norms) else 0)
            print(f"| {variant} | {' | '.join(f'{number:.1e}' for number in numbers)} |", flush=True)


def main(wanted):
    if wanted[:1] == ["--single"]:
        return print_single_precision(wanted[1:])
    tensors, networks = {}, {}
    if path.exists():
        with safetensors.safe_open(path, "pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}
            networks = json.loads(file.metadata()["networks"])
    for name in wanted or NETWORKS:
        count, size = SIZES.get(name, (4, 64))
        for variant in [name, f"{name} smooth"][:1 + has_kinks(name, size)]:
            networks[variant] = {"images": count, "size": size}
            for part, tensor in compute(name, variant != name, count, size).items():
                tensors[f"{variant}/{part}"] = tensor
            print(variant, flush=True)
    save_file(
        tensors, path,
        metadata={"networks": json.dumps(dict(sorted(networks.items())), separators=(",", ":"))})


if __name__ == "__main__":
    main(sys.argv[1:])
