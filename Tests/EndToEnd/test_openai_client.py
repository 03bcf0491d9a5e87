"""The unmodified openai package against the bundled model."""

import openai
import pytest

TITLE = [{"role": "user", "content": "The Fox and the Golden Apple"}]


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=120)


@pytest.fixture(scope="module")
def model(client):
    return client.models.list().data[0].id


def streamed(stream):
    return list(stream)


def test_a_chat_completion_has_the_full_shape(client, model):
    answer = client.chat.completions.create(model=model, messages=TITLE, max_tokens=24, temperature=0)
    assert answer.object == "chat.completion" and answer.id.startswith("chatcmpl-")
    assert answer.model == model
    choice = answer.choices[0]
    assert choice.message.role == "assistant" and choice.message.content
    assert choice.finish_reason in ("stop", "length")
    usage = answer.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert answer._request_id


def test_streaming_gives_the_same_text(client, model):
    options = dict(model=model, messages=TITLE, max_tokens=40, temperature=0)
    whole = client.chat.completions.create(**options)
    chunks = streamed(client.chat.completions.create(
        **options, stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == whole.choices[0].finish_reason
    assert chunks[-1].choices == [] and chunks[-1].usage == whole.usage or (
        chunks[-1].usage.completion_tokens == whole.usage.completion_tokens)
    assert len({chunk.id for chunk in chunks}) == 1


def test_n_gives_choices_of_their_own(client, model):
    answer = client.chat.completions.create(
        model=model, messages=TITLE, n=4, max_tokens=16, temperature=1.2, seed=7)
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert len({choice.message.content for choice in answer.choices}) > 1


def test_the_same_seed_gives_the_same_text(client, model):
    texts = {
        client.completions.create(
            model=model, prompt="Once upon a time", max_tokens=20, temperature=1, seed=11).choices[0].text
        for _ in range(3)}
    assert len(texts) == 1


def test_logprobs_describe_every_token(client, model):
    answer = client.chat.completions.create(
        model=model, messages=TITLE, max_tokens=8, temperature=0, logprobs=True, top_logprobs=3)
    content = answer.choices[0].logprobs.content
    assert len(content) == answer.usage.completion_tokens
    for token in content:
        assert token.logprob <= 0 and len(token.top_logprobs) == 3
        assert token.logprob == max(top.logprob for top in token.top_logprobs)
    text = b"".join(bytes(token.bytes) for token in content).decode(errors="replace")
    assert text.startswith(answer.choices[0].message.content)


def test_legacy_logprobs_are_parallel_arrays(client, model):
    choice = client.completions.create(
        model=model, prompt="There was", max_tokens=5, temperature=0, logprobs=2).choices[0]
    assert len(choice.logprobs.tokens) == len(choice.logprobs.token_logprobs) == 5
    assert len(choice.logprobs.text_offset) == 5 and len(choice.logprobs.top_logprobs[0]) >= 2


def test_a_stop_string_ends_the_text_before_it(client, model):
    options = dict(model=model, prompt="Once upon a time", max_tokens=60, temperature=0)
    text = client.completions.create(**options).choices[0].text
    middle = text[len(text) // 2:len(text) // 2 + 6]
    stopped = client.completions.create(**options, stop=[middle, "never seen in a tale"]).choices[0]
    assert stopped.finish_reason == "stop"
    assert stopped.text == text[:text.index(middle)]
    pieces = [c.choices[0].text for c in client.completions.create(**options, stop=middle, stream=True)]
    assert "".join(pieces) == stopped.text


def test_prompts_as_token_ids_and_in_batches(client, server, model):
    import json
    ids = json.loads(server.request("POST", "/tokenize", {"prompt": "Once upon a time"})[2])["tokens"]
    options = dict(model=model, max_tokens=12, temperature=0)
    text = client.completions.create(prompt="Once upon a time", **options).choices[0].text
    assert client.completions.create(prompt=ids, **options).choices[0].text == text
    both = client.completions.create(prompt=["Once upon a time", "The king said"], **options).choices
    assert [choice.index for choice in both] == [0, 1] and both[0].text == text
    assert client.completions.create(prompt=[ids, ids], **options).choices[1].text == text


def test_extra_fields_of_other_servers_work(client, model):
    answer = client.completions.create(
        model=model, prompt="Once", max_tokens=9, temperature=0,
        extra_body={"ignore_eos": True, "min_tokens": 9, "top_k": 5, "min_p": 0.1,
                    "repetition_penalty": 1.1, "an_unknown_field": 1})
    assert answer.usage.completion_tokens == 9


@pytest.mark.parametrize("fields, error, names", [
    (dict(temperature=-1), openai.BadRequestError, "temperature"),
    (dict(max_tokens=0), openai.BadRequestError, "max_tokens"),
    (dict(n=0), openai.BadRequestError, "n"),
    (dict(tools=[{"type": "function", "function": {"name": "f"}}]), openai.BadRequestError, "tools"),
    (dict(response_format={"type": "json_object"}), openai.BadRequestError, "response_format"),
    (dict(messages=[]), openai.BadRequestError, "messages"),
    (dict(model="no-such-model"), openai.NotFoundError, "model"),
])
def test_errors_name_the_field(client, model, fields, error, names):
    with pytest.raises(error) as caught:
        client.chat.completions.create(**{"model": model, "messages": TITLE, "max_tokens": 4, **fields})
    assert caught.value.param == names and caught.value.request_id


def test_a_prompt_longer_than_the_context_is_refused(client, model):
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(model=model, prompt="word " * 20_000, max_tokens=4)
    assert caught.value.code == "context_length_exceeded"


def test_a_full_queue_answers_429_and_a_patient_client_gets_through(start):
    small = start("--max-queue", 1, "--max-running", 1)
    impatient = openai.OpenAI(base_url=small.url + "/v1", api_key="none", max_retries=0, timeout=120)
    patient = impatient.with_options(max_retries=8)
    model = impatient.models.list().data[0].id
    long = dict(model=model, prompt="Once", max_tokens=1500, stream=True, extra_body={"ignore_eos": True})
    streams = []
    with pytest.raises(openai.RateLimitError) as caught:
        for _ in range(6):
            streams.append(impatient.completions.create(**long))
    assert int(caught.value.response.headers["retry-after"]) >= 1
    for stream in streams:
        stream.close()
    answer = patient.completions.create(model=model, prompt="Once", max_tokens=3)
    assert answer.usage.completion_tokens == 3
