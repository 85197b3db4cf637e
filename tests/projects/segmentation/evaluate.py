import torch


@torch.no_grad()
def accuracy(model, loader, device):
    model.eval()
    right = total = 0
    for images, masks in loader:
        labels = model(images.to(device)).argmax(dim=1).cpu()
        right += (labels == masks).sum().item()
        total += masks.numel()
    return right / total
