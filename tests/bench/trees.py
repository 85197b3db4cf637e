"""Generated training projects of any size, for budgets that need no corpus."""

from __future__ import annotations

import shutil
from pathlib import Path

MODEL = '''"""Model number {n}."""

import torch
from torch import nn
import torch.nn.functional as F


class Block{n}(nn.Module):
    """Convolution, normalisation, activation."""

    def __init__(self, width: int, drop: float = 0.1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.drop = nn.Dropout(drop)

    def forward(self, x):
        y = F.relu(self.norm(self.conv(x)))
        return x + self.drop(y)


class Net{n}(nn.Module):
    """A classifier."""

    def __init__(self, width: int = 64, depth: int = 4, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.ModuleList([Block{n}(width) for _ in range(depth)])
        self.head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, classes))

    def features(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return x.mean(dim=(2, 3))

    def forward(self, x):
        B, C, H, W = x.shape
        return self.head(self.features(x))


def build(name: str, classes: int):
    if name == "wide":
        return Net{n}(width=128, classes=classes)
    return Net{n}(classes=classes)
'''

TRAIN = '''"""Training script number {n}."""

import argparse
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from model_{n} import build


def get_loaders(args):
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    train = datasets.CIFAR10(args.data, train=True, transform=transform)
    test = datasets.CIFAR10(args.data, train=False, transform=transform)
    return DataLoader(train, batch_size=args.batch, shuffle=True), DataLoader(test, batch_size=args.batch)


def train_epoch(model, loader, criterion, optimizer, device):
    model.train()
    total = 0.0
    for step, (images, labels) in enumerate(loader):
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        outputs = model(images)
        loss = criterion(outputs, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
        if step % 100 == 0:
            print(f"step {{step}}: {{loss.item():.4f}}")
    return total / len(loader)


@torch.no_grad()
def evaluate(model, loader, criterion, device):
    model.eval()
    correct, seen, total = 0, 0, 0.0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        outputs = model(images)
        total += criterion(outputs, labels).item()
        correct += (outputs.argmax(dim=1) == labels).sum().item()
        seen += labels.size(0)
    return correct / seen, total / len(loader)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="data")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--arch", default="wide")
    args = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader, test_loader = get_loaders(args)
    model = build(args.arch, 10).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
    best = 0.0
    for epoch in range(args.epochs):
        loss = train_epoch(model, train_loader, criterion, optimizer, device)
        accuracy, _ = evaluate(model, test_loader, criterion, device)
        scheduler.step()
        if accuracy > best:
            best = accuracy
            torch.save(model.state_dict(), "best_{n}.pt")
        print(epoch, loss, accuracy)


if __name__ == "__main__":
    main()
'''


def write_tree(folder: Path, projects: int) -> None:
    """Write ``projects`` models with their training scripts; a hundred are some 13 000 lines."""
    for number in range(projects):
        place = folder / f"project_{number}"
        place.mkdir(parents=True)
        (place / f"model_{number}.py").write_text(MODEL.format(n=number))
        (place / f"train_{number}.py").write_text(TRAIN.format(n=number))


def copy_share(tree: Path, target: Path, share: int) -> None:
    """Copy every ``share``-th Python file of a tree, at its place."""
    for path in sorted(tree.rglob("*.py"))[::share]:
        place = target / path.relative_to(tree)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
