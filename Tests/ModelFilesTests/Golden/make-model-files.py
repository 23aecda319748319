"""Writes model files with the real torch and safetensors, and what they hold.

`expected.txt` has a line for each tensor: the file, the name, and the SHA-256 of type, shape and
bytes as the registry names tensors. Needs torch, numpy and safetensors.
"""

import hashlib
import pathlib
from collections import OrderedDict

import safetensors.torch
import torch

here = pathlib.Path(__file__).parent
TYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
    torch.uint8: "U8", torch.bool: "BOOL",
}
torch.manual_seed(1)
expected = []


def digest(tensor):
    tensor = tensor.detach().contiguous()
    head = f"{TYPES[tensor.dtype]} {list(tensor.shape)}\n".encode()
    body = bytes(tensor.reshape(-1).view(torch.uint8).tolist()) if tensor.numel() else b""
    return hashlib.sha256(head + body).hexdigest()


def note(name, tensors):
    for key, tensor in tensors.items():
        expected.append(f"{name}\t{key}\t{digest(tensor)}\n")


def save(stem, value, tensors):
    torch.save(value, here / f"{stem}.zip.pt")
    note(f"{stem}.zip.pt", tensors)
    torch.save(value, here / f"{stem}.legacy.pt", _use_new_zipfile_serialization=False)
    note(f"{stem}.legacy.pt", tensors)


dtypes = {f"type.{name}": (torch.randn(3, 5) * 50).to(dtype) for dtype, name in TYPES.items()}
dtypes["scalar"] = torch.tensor(2.5)
dtypes["empty"] = torch.zeros(0, 4)
save("types", dtypes, dtypes)
safetensors.torch.save_file(dtypes, here / "types.safetensors", metadata={"note": 'a "q" \n ä'})
note("types.safetensors", dtypes)

base = torch.arange(24, dtype=torch.float32)
views = OrderedDict(
    whole=base, shared=base[4:16].view(3, 4), transposed=base.view(4, 6).t(),
    strided=base[1::3], permuted=base.view(2, 3, 4).permute(2, 0, 1),
    row=base.view(4, 6)[2:3], column=base.view(4, 6)[:, 5:6],
)
save("views", views, views)

model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
state = model.state_dict()
save("module", state, state)
wrapped = OrderedDict((f"module.{key}", value) for key, value in state.items())
save("checkpoint", {"epoch": 3, "rate": 0.1, "done": None, "state_dict": wrapped,
                    "history": [1, (2, 3), {"big": 1 << 70}]}, state)
parameters = OrderedDict(model.named_parameters())
save("parameters", parameters, parameters)

(here / "expected.txt").write_text("".join(expected))
