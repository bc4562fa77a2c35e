from __future__ import annotations

import pytest
import torch
from torch import nn

from survey.probes.cocoop import CoCoOp
from survey.probes.coop import CoOp, cosine_logits
from survey.probes.oscar import OscarInput, box_geometry, exchange_tags

D = 8
SOS, DOT, EOS = 0, 1, 2
NAMES = [[5], [6, 7], [8, 9, 10]]


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


class Encoder(nn.Module):
    """A text encoder with positions, that reads what came before: the features are those at EOS."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(20, D), nn.Parameter(torch.randn(40, D))
        self.layer = nn.TransformerEncoderLayer(D, 2, 16, batch_first=True, dropout=0.0)
        self.out = nn.Linear(D, 6)

    def forward(self, prompts: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
        length = prompts.shape[1]
        causal = nn.Transformer.generate_square_subsequent_mask(length)
        x = self.layer(prompts + self.places[:length], src_mask=causal, is_causal=True)
        return self.out(x[torch.arange(len(ends)), ends])


def pieces(encoder: Encoder, names: list[list[int]] = NAMES) -> tuple[torch.Tensor, list[torch.Tensor], torch.Tensor]:
    def embed(ids: list[int]) -> torch.Tensor:
        return encoder.words.weight[ids].detach()

    return embed([SOS]), [embed(ids) for ids in names], embed([DOT, EOS])


def read(encoder: Encoder, sentences: list[list[int]]) -> torch.Tensor:
    """The text encoder on whole sentences, one at a time."""
    return torch.cat([encoder(encoder.words.weight[ids][None], torch.tensor([len(ids) - 1])) for ids in sentences])


@pytest.mark.parametrize("position", ["end", "middle"])
def test_a_context_of_words_reads_as_the_sentence(position: str) -> None:
    encoder, words = Encoder(), [11, 12, 13, 14]
    model = CoOp(4, position).build(*pieces(encoder), encoder, start_from=encoder.words.weight[words])
    half = 2 if position == "middle" else 4
    sentences = [[SOS, *words[:half], *name, *words[half:], DOT, EOS] for name in NAMES]
    image = torch.randn(5, 6)
    expected = cosine_logits(image, read(encoder, sentences), 1.0)
    torch.testing.assert_close(model(image, 1.0), expected, atol=1e-5, rtol=0)
    assert model.prompts(model.context.expand(3, -1, -1))[1].tolist() == [len(s) - 1 for s in sentences]


def test_coop_trains_the_context_alone() -> None:
    for method in (CoOp(4), CoOp(4, per_class=True)):
        encoder = Encoder()
        model = method.build(*pieces(encoder), encoder)
        nn.functional.cross_entropy(model(torch.randn(5, 6)), torch.tensor([0, 1, 2, 0, 1])).backward()
        assert [name for name, p in model.named_parameters() if p.grad is not None] == ["context"]
        assert (model.context.grad.abs().sum(-1) > 0).all()
        trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
        assert trained == method.parameter_count(D, classes=3)
    assert CoOp(16).parameter_count(512) == 8192


def test_coop_serves_other_classes_with_the_vectors_it_learned() -> None:
    encoder = Encoder()
    model = CoOp(4).build(*pieces(encoder), None)
    state = model.state_dict()
    assert list(state) == ["context"]
    other = CoOp(4).build(*pieces(encoder, [[15], [16]]), encoder)
    other.load_state_dict({**other.state_dict(), **state})
    assert torch.equal(other.context, model.context)
    assert other(torch.randn(5, 6)).shape == (5, 2)


def test_cocoop_count_on_clip() -> None:
    # a net of 33,312 and four vectors
    assert CoCoOp(length=4).parameter_count(512, 512) == 35_360


def test_cocoop_without_its_net_is_coop() -> None:
    encoder = Encoder()
    ours = CoCoOp(length=4, reduction=2).build(*pieces(encoder), encoder, 6)
    plain = CoOp(4).build(*pieces(encoder), encoder, start_from=ours.context)
    for p in ours.net[2].parameters():
        nn.init.zeros_(p)
    image = torch.randn(5, 6)
    torch.testing.assert_close(ours(image), plain(image), atol=1e-4, rtol=0)


def test_cocoop_reads_a_prompt_for_each_image() -> None:
    encoder = Encoder()
    method = CoCoOp(length=4, reduction=2)
    model = method.build(*pieces(encoder), encoder, 6)
    assert not any(p.requires_grad for p in encoder.parameters())
    image = torch.randn(3, 6)
    logits = model(image)
    for i in range(3):
        alone = CoOp(4).build(*pieces(encoder), encoder, start_from=model.context + model.net(image[i]))
        torch.testing.assert_close(logits[i : i + 1], alone(image[i : i + 1]), atol=1e-4, rtol=0)
    nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2])).backward()
    own = {name: p for name, p in model.named_parameters() if p.requires_grad}
    assert all(p.grad.abs().sum() > 0 for p in own.values())
    assert all(p.grad is None for p in encoder.parameters())
    assert sum(p.numel() for p in own.values()) == method.parameter_count(D, 6)


def test_contexts_that_are_none() -> None:
    encoder = Encoder()
    with pytest.raises(ValueError, match="a context of 0"):
        CoOp(0).build(*pieces(encoder), encoder)
    with pytest.raises(ValueError, match="position 'front'"):
        CoOp(4, "front").build(*pieces(encoder), encoder)
    with pytest.raises(ValueError, match="image features of 6 divided by 16"):
        CoCoOp().build(*pieces(encoder), encoder, 6)


# ---- Oscar -----------------------------------------------------------------------------------------------------------


def bert() -> nn.Module:
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=30, hidden_size=D, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    return transformers.BertModel(config, add_pooling_layer=False).eval()


def test_oscar_without_regions_is_bert_on_two_segments() -> None:
    model = bert()
    words, tags = torch.randint(0, 30, (2, 5)), torch.randint(0, 30, (2, 3))
    masks = (torch.ones_like(words), torch.ones_like(tags), torch.ones(2, 0, dtype=torch.long))
    ours = OscarInput().build(model.embeddings, D)
    sequence, mask = ours(words, tags, torch.zeros(2, 0, 2054), masks)
    segments = torch.tensor([[0] * 5 + [1] * 3] * 2)
    expected = model.embeddings(input_ids=torch.cat([words, tags], 1), token_type_ids=segments)
    torch.testing.assert_close(sequence, expected, atol=1e-6, rtol=0)
    whole = model(torch.cat([words, tags], 1), token_type_ids=segments).last_hidden_state
    torch.testing.assert_close(model.encoder(sequence).last_hidden_state, whole, atol=1e-6, rtol=0)
    assert mask.shape == (2, 8)


def test_oscar_regions_have_no_position_and_learn() -> None:
    model = bert()
    method = OscarInput()
    ours = method.build(model.embeddings, D)
    words, tags, regions = torch.randint(0, 30, (2, 5)), torch.randint(0, 30, (2, 3)), torch.randn(2, 4, 2054)
    masks = tuple(torch.ones(2, n, dtype=torch.long) for n in (5, 3, 4))
    sequence, mask = ours(words, tags, regions, masks)
    turned, _ = ours(words, tags, regions.flip(1), masks)
    assert sequence.shape == (2, 12, D)
    assert mask.shape == (2, 12)
    torch.testing.assert_close(sequence[:, 8:].flip(1), turned[:, 8:], atol=1e-6, rtol=0)
    sequence.square().sum().backward()
    assert sum(p.numel() for p in ours.regions.parameters()) == method.parameter_count(D) == 2054 * D + D
    assert all(p.grad.abs().sum() > 0 for p in ours.regions.parameters())


def test_the_geometry_of_a_box() -> None:
    box = box_geometry(torch.tensor([10.0, 20.0, 60.0, 40.0]), width=100, height=80)
    torch.testing.assert_close(box, torch.tensor([0.1, 0.25, 0.6, 0.5, 0.5, 0.25]))


def test_exchanged_tags_are_those_of_another_row() -> None:
    tags = torch.arange(400)[:, None].repeat(1, 3)
    exchanged, right = exchange_tags(tags, torch.Generator().manual_seed(0))
    assert torch.equal(right == 1, (exchanged == tags).all(1))
    assert 150 < right.sum() < 250
    assert (exchanged == exchanged[:, :1]).all()
    with pytest.raises(ValueError, match="2 or more"):
        exchange_tags(tags[:1], torch.Generator())
