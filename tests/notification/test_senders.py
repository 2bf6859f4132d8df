"""What goes over the network, as an endpoint sees it."""

import json
import socket

import pytest
from http_endpoint import wait_for

from deepspeech_training.notification import senders
from deepspeech_training.notification.message import message_on
from deepspeech_training.notification.senders import AppriseSender, JsonSender, SendError, TelegramSender
from deepspeech_training.notification.watchdog import Lane

MESSAGE = message_on('end', 'Done.', {'what': 'training', 'directory': 'ckpt', 'epoch': 3, 'losses': {'dev': 1.25}}, 7384.6)


def test_a_message_says_where_the_run_stands():
    host = socket.gethostname()
    assert MESSAGE.title == f'Finished: training on {host}'
    assert MESSAGE.text.splitlines() == ['Done.', f'Host {host}, training, checkpoints in ckpt', 'Epoch 3, dev loss 1.25',
                                         '2:03:05 since the beginning']
    lost = message_on('crash', 'x', {'losses': {'train': float('nan')}, 'epoch': 0}, 1)
    assert lost.facts['losses'] == {'train': None} and 'train loss not finite' in lost.text


def test_json_goes_to_the_address_and_the_password_into_a_header(endpoint):
    sender = JsonSender(f'http://m%40e:pa%3Ass@{endpoint.address}/hook?key=value#part')
    sender.probe()
    sender.send(MESSAGE)
    (path, headers, body), = endpoint.requests
    assert path == '/hook?key=value' and headers['Authorization'] == 'Basic bUBlOnBhOnNz'
    assert headers['Content-Type'] == 'application/json' and '@' not in headers['Host']
    assert json.loads(body) == dict(MESSAGE.facts, event='end', title=MESSAGE.title, text=MESSAGE.text)


def test_a_password_is_not_carried_to_another_host(endpoint):
    endpoint.answers.append((302, {'Location': f'http://{endpoint.address}/elsewhere'}, b''))
    with pytest.raises(SendError, match='the answer is 302 Found'):
        JsonSender(f'http://me:password@{endpoint.address}/hook').send(MESSAGE)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize('answer, again_s', [
    ((404, {}, b''), None), ((503, {}, b''), 5.), ((429, {'Retry-After': '3'}, b''), 3.),
    ((429, {}, b'{"parameters": {"retry_after": 4}}'), 4.), ((429, {}, b'later'), 5.),
    ((429, {'Retry-After': '1e9'}, b''), 60.)])
def test_it_is_tried_again_when_that_is_of_use(endpoint, answer, again_s):
    endpoint.answers.append(answer)
    with pytest.raises(SendError, match=f'the answer is {answer[0]}') as refused:
        TelegramSender('1:token', '5', f'http://{endpoint.address}/').send(MESSAGE)
    assert refused.value.again_s == again_s and 'token' not in str(refused.value)


def test_what_is_no_answer_is_a_reason_without_the_address(endpoint, monkeypatch):
    monkeypatch.setattr(senders, 'TIMEOUT_S', 0.2)
    endpoint.released.clear()
    with pytest.raises(SendError, match='^no answer within 0.2 s$'):
        TelegramSender('1:token', '5', f'http://{endpoint.address}').send(MESSAGE)
    for url in ('http://name.invalid/token', f'https://{endpoint.address}/token', 'http://127.0.0.1:1/token'):
        with pytest.raises(SendError) as refused:
            JsonSender(url).send(MESSAGE)
        assert str(refused.value) and 'token' not in str(refused.value) and 'invalid' not in str(refused.value)


def test_long_texts_are_files_for_telegram(endpoint):
    sender = TelegramSender('1:token', '-5', f'http://{endpoint.address}')
    sender.send_line('й' * 500)
    sender.send_line('й' * 501)
    (path, _, body), (file_path, headers, file_body) = endpoint.requests
    assert path == '/bot1:token/sendMessage' and json.loads(body) == {'chat_id': '-5', 'text': 'й' * 500}
    boundary = headers['Content-Type'].partition('boundary=')[2].encode('ascii')
    empty, chat, document, end = file_body.split(b'--' + boundary)
    assert file_path == '/bot1:token/sendDocument' and (empty, end) == (b'', b'--\r\n')
    assert chat == b'\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n-5\r\n'
    assert b'name="document"; filename="message.txt"\r\n' in document
    assert document.endswith(f'\r\n\r\n{"й" * 501}\r\n'.encode('utf-8'))


def test_a_lane_tries_again_and_complains_once(endpoint):
    complaints = []
    endpoint.answers += [(429, {'Retry-After': '0.1'}, b''), (200, {}, b''), (404, {}, b''), (404, {}, b'')]
    lane = Lane('name', JsonSender(f'http://{endpoint.address}/hook'), lambda *words: complaints.append(words))
    for _ in range(3):
        lane.add(lambda sender: sender.send(MESSAGE))
    wait_for(lambda: len(endpoint.requests) == 4)
    assert complaints == [('name', 'the answer is 404 Not Found')]


def test_apprise_sends_by_its_own_schemes(endpoint):
    pytest.importorskip('apprise')
    sender = AppriseSender(f'json://me:pa55word@{endpoint.address}/hook')
    sender.probe()
    sender.send(MESSAGE)
    (path, headers, body), = endpoint.requests
    values = json.loads(body)
    assert path.startswith('/hook') and headers['Authorization'].startswith('Basic ')
    assert (values['title'], values['message'], values['type']) == (MESSAGE.title, MESSAGE.text, 'success')
    endpoint.answers.append((500, {}, b''))
    with pytest.raises(SendError, match='the service did not take the message'):
        sender.send(MESSAGE)
    with pytest.raises(SendError, match='apprise knows no such address') as refused:
        AppriseSender('nonsense://pa55word').probe()
    assert 'pa55word' not in str(refused.value)
