import argparse

import torch
from torch import nn

from evaluate import accuracy
from model import Segmenter


def train(model, criterion, optimizer, train_loader, valid_loader, epochs, device):
    for epoch in range(epochs):
        model.train()
        for step, (images, masks) in enumerate(train_loader):
            scores = model(images.to(device))
            loss = criterion(scores, masks.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % 500 == 0:
                print(epoch, step, loss.item(), accuracy(model, valid_loader, device))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    model = Segmenter().to(options.device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    train_loader = torch.load("train_loader.pt")
    valid_loader = torch.load("valid_loader.pt")
    train(model, criterion, optimizer, train_loader, valid_loader, options.epochs, options.device)


if __name__ == "__main__":
    main()
