"""Renders the chat template goldens with transformers.

Usage: python tools/goldens/chat_templates.py

Writes Tests/ChatTemplatesTests/Goldens/cases.json: an array of cases, each a template, what it is given, and
either the rendered text ("output"), the message of raise_exception ("rejected"), or "fails": true where the
reference raised anything else. The templates in chat_templates/*.jinja are rebuilt in the style of published
ones; the cases below go through the language construct by construct.
"""

import datetime
import json
import pathlib

import jinja2
from transformers.utils import chat_template_utils

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "Tests" / "ChatTemplatesTests" / "Goldens"
NOW = datetime.datetime(2025, 3, 7, 15, 4, 9)


class FixedClock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


chat_template_utils.datetime = FixedClock

TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}

SYSTEM = {"role": "system", "content": " You are kind. "}
USER = {"role": "user", "content": "  What is 2+2?\n"}
ASSISTANT = {"role": "assistant", "content": "<think>\nAdd them.\n</think>\n\n It is 4. "}
FOLLOW_UP = {"role": "user", "content": "Ünd 3×3? 'quoted' \"double\" <b>é</b> 🙂"}
TOOL_CALLS = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {
            "id": "abcdef123",
            "type": "function",
            "function": {"name": "get_weather", "arguments": {"city": "Köln", "days": 2, "hourly": True}},
        }
    ],
}
TOOL_ANSWER = {"role": "tool", "tool_call_id": "abcdef123", "name": "get_weather", "content": '{"t": 7.5}'}
PARTS = {
    "role": "user",
    "content": [{"type": "text", "text": "Look: "}, {"type": "image"}, {"type": "text", "text": "nice?"}],
}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city's centre <now>",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "Which city"},
                    "days": {"type": ["integer", "null"], "default": 1, "minimum": 0.5},
                    "unit": {"type": "string", "enum": ["celsius", "kelvin"]},
                    "stops": {"type": "array", "items": {"type": "string"}},
                    "hourly": {"type": "boolean", "default": False},
                },
                "required": ["city"],
            },
        },
    },
    {
        "type": "function",
        "function": {"name": "no_arguments", "description": "", "parameters": {"type": "object", "properties": {}}},
    },
]
DOCUMENTS = [{"title": "Tea", "text": "Tea is hot."}, {"title": "Ice", "text": "Ice is cold."}]

CONVERSATIONS = {
    "one": dict(messages=[USER], add_generation_prompt=True),
    "system": dict(messages=[SYSTEM, USER, ASSISTANT, FOLLOW_UP], add_generation_prompt=True),
    "finished": dict(messages=[USER, ASSISTANT], add_generation_prompt=False),
    "tools": dict(messages=[SYSTEM, USER, TOOL_CALLS, TOOL_ANSWER], tools=TOOLS, add_generation_prompt=True),
    "offer": dict(messages=[FOLLOW_UP], tools=TOOLS, add_generation_prompt=True),
    "parts": dict(messages=[PARTS], add_generation_prompt=True),
    "twice": dict(messages=[USER, USER], add_generation_prompt=True),
    "documents": dict(messages=[USER], documents=DOCUMENTS, add_generation_prompt=True),
    "quick": dict(messages=[SYSTEM, USER], add_generation_prompt=True, enable_thinking=False, reasoning_effort="low"),
}

DATA = {
    "n": 7,
    "zero": 0,
    "f": 2.5,
    "s": "Hello, World",
    "u": "éa\u0301ß🙂Σ",
    "blank": "  \t x y \n ",
    "empty": "",
    "yes": True,
    "nothing": None,
    "xs": [3, 1, 2],
    "words": ["pear", "Apple", "fig", "apple"],
    "nested": [1, [2, "x"], {"k": None}],
    "d": {"b": 1, "a": 2, "items": "shadow", "C": [1, 2]},
    "people": [
        {"name": "Ann", "age": 30, "tags": ["x"], "home": {"city": "Rome"}},
        {"name": "bob", "age": 25, "tags": [], "home": {"city": "oslo"}},
        {"name": "Cid", "age": 30, "home": {"city": "Bern"}},
    ],
    "lines": "one\ntwo\n\nthree",
}

EXPRESSIONS = """
1 + 2 * 3 - 4 / 2
7 // 2, -7 // 2, 7 % 3, -7 % 3, 7 % -3, 7.5 // 2, -7.5 % 2
2 ** 3 ** 2, -2 ** 2, 2 ** -1, 2 ** 0.5
1 / 0
1 // 0
1_000 + 0x1F + 0b11 + 0o17
1e3, 1.5e-7, 1e16, 123456789012345680.0, 0.1 + 0.2, 1e22, 5e-324, 100.0, 1e15, 0.0001, 0.00001
'a' ~ 1 ~ none ~ true ~ 1.0 ~ undefined_name ~ [1, 'b']
'a' 'b' "c"
'a' + 'b', 'ab' * 3, 3 * 'ab', [1] + [2], [0] * 3, (1,) + (2,), 'x' * -1
'a' + 1
[1] + 'a'
undefined_name + 1
1 < 2 < 3, 1 < 3 < 2, 1 == 1.0, 1 == true, 'a' < 'b', [1, 2] < [1, 3], 'a' != 'b'
1 < 'a'
none < 1
1 in xs, 9 in xs, 'ell' in s, 'z' not in s, 'a' in d, 'zz' in d, 'x' in undefined_name
1 in s
'a' in none
not true, not '', not xs, not undefined_name, not none
true and 'x', '' and 'x', '' or 'y', none or 0, undefined_name or 'z', 1 and 2 and 3
'yes' if n > 3 else 'no'
'yes' if n > 30
1 if zero else 2 if zero else 3
-n, +n, --n, -f, not not n
none, None, true, True, false, False
[1, 2.0, 'x', none, true, [], {}, (), (1,), (1, 2)]
{'a': 1, 'b': [1, {'c': 'd'}], 3: none, none: 1.5}
['it\\'s', "say \\"x\\"", 'both \\' "', 'tab\\t nl\\n cr\\r bs\\\\', '\\x41\\u00e9\\U0001F642\\x01', '\u200b', 'é🙂']
'\\a\\b\\f\\v\\101\\q' | tojson
d.b, d['a'], d.items is callable, d['items'], d.zz is defined, d['zz'] is undefined
d.zz
d.zz.y
undefined_name
undefined_name.x
undefined_name['x']
undefined_name()
none.x
none.x.y
n.x is defined
s[0], s[-1], s[1:4], s[::-1], s[:-3], s[20:], s[5:2], s[::2], s[-3:-1]
u[0], u[1], u[2], u | length, u[::-1], u[1:3] | length
xs[0], xs[-1], xs[1:], xs[::-1], xs[:1], xs[9] is defined, xs[-9] is defined, xs[:9]
xs['a'] is defined, s['upper'] is callable, xs[none:2], xs['a':] is defined
xs[::0]
d[xs]
people[0].name, people[-1]['home'].city, people.0.name, nested[2].k
nested[1].1
range(3), range(1, 4) | list, range(5, 0, -2) | list, range(3)[1], range(10)[2:5], range(0) | list
range(1000000)
range('a')
(1, 2)[0], (1, 2, 3)[1:], () | length
dict(a=1, b=2), dict([('x', 1)]), dict({'q': 1}, z=2)
d | length, xs | length, s | count
none | length
5 | length
d | list, s[:3] | list, d.items() | list | length, d.keys() | list, d.values() | list
d.keys(), d.values(), {'a': 1}.items()
blank | trim, '[' ~ blank.strip() ~ ']', blank.lstrip(), blank.rstrip() ~ '|', 'xxaxx' | trim('x'), 'abcba'.strip('ab')
s | upper, s | lower, s.upper(), s.lower(), u | upper, u | lower, 'ΑΣ' | lower, 'ß'.upper()
'hello wORLD-foo (bar)' | title, 'hello wORLD-foo it\\'s'.title(), 'hELLO wORLD' | capitalize, 'ǆx'.capitalize()
s | replace('l', 'L'), s | replace('l', 'L', 2), s.replace('o', '0'), s.replace('o', '0', 1), 'aaa' | replace('', '-'), s | replace(',', '')
xs | join, xs | join(', '), people | join('/', attribute='name'), 'abc' | join('-'), ', '.join(words), [] | join(',')
','.join(xs)
xs | first, xs | last, s | first, s | last, [] | first, [] | last is defined, d | first
xs | sort, xs | sort(reverse=true), words | sort, words | sort(case_sensitive=true), people | sort(attribute='age') | map(attribute='name') | list
people | sort(attribute='age,name', reverse=true) | map(attribute='name') | list, people | sort(attribute='home.city') | map(attribute='name') | join(' ')
[1, 'a'] | sort
xs | reverse | list, s | reverse, words | unique | list, words | unique(case_sensitive=true) | list, people | unique(attribute='age') | map(attribute='name') | list
xs | sum, people | sum(attribute='age'), xs | sum(start=10), [] | sum
xs | min, xs | max, words | min, words | max, people | max(attribute='age'), [] | max is defined
people | map(attribute='name') | list, people | map(attribute='home.city') | list, words | map('upper') | list, people | map(attribute='tags', default='none') | list
people | map(attribute='zz') | list, words | map('replace', 'p', 'P') | join(' '), [[1, 2], [3, 4]] | map('first') | list, [[1, 2]] | map(attribute=1) | list
people | selectattr('tags') | map(attribute='name') | list, people | selectattr('age', 'equalto', 30) | list | length, people | rejectattr('age', '==', 30) | map(attribute='name') | list
people | selectattr('tags', 'defined') | list | length, people | rejectattr('tags', 'undefined') | list | length, people | selectattr('age', 'gt', 26) | map(attribute='name') | first
xs | select('odd') | list, xs | reject('odd') | list, [0, 1, '', 'a', none] | select | list, [0, 1] | reject | list, xs | select('in', [1, 2]) | list, xs | select('divisibleby', 3) | list
'yes' if xs | select('gt', 5) else 'no'
xs | select('gt', 5) | length
xs | map('nosuchfilter') | list
undefined_name | default('dflt'), none | default('x'), none | default('x', true), '' | d('e', boolean=true), d.zz | default([]), undefined_name | d
'3' | int, '3.7' | int, 'x' | int, 'x' | int(5), 3.9 | int, -3.9 | int, true | int, none | int, '0x1F' | int(0, 16), ' 42 ' | int, '1_0' | int
'3' | float, '3.5e2' | float, 'x' | float, 'x' | float(1.5), 3 | float, 'inf' | float, none | float
n | string, f | string + 'x', none | string, [1] | string, 1.0 | string | length
-5 | abs, (-5) | abs, (-2.5) | abs, 2.5 | round, 3.5 | round, 2.675 | round(2), 1234.5 | round(-2), 7 | round, 2.1 | round(method='ceil'), 2.9 | round(method='floor'), 2.345 | round(2, 'ceil'), 7 | round(0, 'floor')
d | items | list, d | dictsort, d | dictsort(by='value') if false else 'skip', d | dictsort(reverse=true), {'b': 1, 'a': 2} | dictsort(false, 'value')
undefined_name | items | list
xs | items | list
xs | batch(2) | list, xs | batch(2, 'f') | list
lines | indent, lines | indent(2, true), lines | indent(1, blank=true), lines | indent('> '), lines | indent(width=3, first=true, blank=true), '' | indent
d | tojson, nested | tojson, s | tojson, u | tojson, u | tojson(ensure_ascii=true), none | tojson, true | tojson, 1.0 | tojson, 1e100 | tojson, (1, 2) | tojson
d | tojson(indent=2), [] | tojson(indent=2), [[], {}] | tojson(indent=1), d | tojson(separators=(',', ':')), {'z': 1, 'a': {'y': 1, 'b': 2}} | tojson(sort_keys=true), d | tojson(indent=4, separators=(', ', ' = ')), {1: 2, none: 3, true: 4, 1.5: 5} | tojson
'</script>&\\'"\\\\/\\x7f\\u2028\\x1f' | tojson
undefined_name | tojson
range(3) | tojson
'%s-%d-%05.1f|%-4s|%4s|%x%%' % ('a', 3, 2.25, 'l', 'r', 255)
'%s' % 1, '%s' % undefined_name, '%r' % 'q', '%(a)s' % {'a': 1}, '%s %s' | format(1, 'b'), '%(k)s' | format(k=2), '%+d' % 3, '%.2f' % 1.005, '%03d' % -5
'%s %s' % (1,)
'%d' % 'x'
'{} {}'.format(1, 'a'), '{1} {0}'.format('x', 'y'), '{k}!'.format(k=2), '{{}}'.format(), '{:>5}|'.format('a') if false else '', '{:.2f}'.format(2.5), '{:05d}'.format(42)
'{}'.format()
'a,b,,c'.split(','), ' a  b '.split(), 'a b c'.split(' ', 1), 'a b c'.split(maxsplit=1), 'abc'.split('x'), ''.split(','), ''.split(), 'a,b,c'.rsplit(',', 1), ' a b c '.rsplit(maxsplit=1), 'a--b'.split('--')[-1]
'a'.split('')
s.startswith('Hell'), s.endswith(('x', 'ld')), s.startswith(('a', 'b')), s.startswith('llo', 2), s.endswith('Hell', 0, 4)
s.find('o'), s.find('z'), s.find('o', 5), s.rfind('o'), s.index('W'), s.count('l'), 'aaa'.count('aa'), ''.count('')
s.index('zz')
'12'.isdigit(), '1.2'.isdigit(), ''.isdigit(), '²'.isdigit(), 'ab'.isalpha(), 'a1'.isalnum(), ' \\n'.isspace(), 'AB'.isupper(), 'ab'.islower(), 'a b'.isalpha()
lines.splitlines(), 'a\\r\\nb\\rc'.splitlines(), ''.splitlines(), 'x\\n'.splitlines()
'prefix-x'.removeprefix('prefix-'), 'x.py'.removesuffix('.py'), 'x'.removeprefix('y'), 'a=b=c'.partition('='), 'a=b=c'.rpartition('='), 'a'.partition('=')
d.get('b'), d.get('zz'), d.get('zz', 'dflt'), d.get('C')[0]
d.pop('b')
xs.append(1)
xs.append is defined
d.update({'x': 1})
xs.count(1), xs.index(2)
xs.index(99)
n is defined, undefined_name is defined, n is not defined, undefined_name is undefined, nothing is none, n is none, nothing is not none
s is string, n is string, n is number, f is number, yes is number, n is integer, yes is integer, f is integer, f is float, n is float, yes is boolean, n is boolean
d is mapping, xs is mapping, xs is sequence, s is sequence, d is sequence, n is sequence, undefined_name is sequence, xs is iterable, n is iterable, undefined_name is iterable, range(2) is sequence, (xs | map('string')) is iterable, (xs | map('string')) is sequence
yes is true, 1 is true, yes is false, false is false, zero is false, range is callable, s is callable, undefined_name is callable
n is odd, n is even, 4 is even, n is divisibleby 7, n is divisibleby(2), 'a' is in 'abc', 1 is in xs, 1 is eq 1, 1 is equalto(2), 1 is ne 2, 1 is lt 2, 2 is le 2, 3 is gt 2, 3 is ge 4, n is sameas n, 1 is sameas true, 'abc' is lower, 'ABC' is upper, '' is lower
'a' is odd
n is nosuchtest
n | nosuchfilter
n is defined and s is string or false, not n is defined, n is not none and n > 3
(n is defined), n == 7 and 'x' in 'xyz', (1, 2) == (1, 2), [1] == (1,), {'a': 1} == {'a': 1.0}, none == undefined_name, undefined_name == also_undefined
(xs | length) > 2 and (xs | first) == 3, xs|length == 3, n|string + '!', -n|abs, 'a' ~ 'b' | upper, 1 + 2 | string | length
namespace(a=1).a, namespace(a=1)['a'], namespace().zz is defined, namespace({'k': 2}).k
namespace(_a=1)
strftime_now('%Y-%m-%d'), strftime_now('%d %b %Y'), strftime_now('%A %a %B %H:%M:%S %y %j %p %I %-d %e %% %-m %F %T %u %w'), strftime_now('%B %-d, %Y')
raise_exception('No ' ~ n ~ ' please')
raise_exception()
nosuchfunction(1)
s()
[1, 2,], {'a': 1,}, (1, 2,), 1,
'}}' ~ '%}' ~ {'a': {'b': 1}}['a']['b'] ~ "{{ x }}"
s.upper().lower().replace('h', 'J')[0:3] | lower | capitalize
words | map('length') | list, words | map('length') | sum, words | map('upper') | map('lower') | unique | list
'é' == 'é', 'é' in u, {'é': 1}['é'] is defined
xs == [3, 1, 2], xs is eq([3, 1, 2]), 'abc' | list == ['a', 'b', 'c']
true + 1, true == 1, 1.0 | int, 7 / 7, 3 * 1.0, 10 // 3.0, 2 ** 62, 1e308 * 10, -0.0
"a" if nothing is none and not empty else "b", (none) | default('x', true) | upper
d['b'] if 'b' in d and d['b'] is not none else 'z', people | length - 1, people[people | length - 1].name
messages[0].role, messages[-1]['content'] | trim, messages | length, tools is none, documents is none, add_generation_prompt, bos_token ~ eos_token
s | safe | length, 'x' | attr('upper') is callable, d | attr('b') is defined
words | select('string') | map('first') | join, words | reject('in', ['fig']) | list, 'ab' in words, words | last | upper
people | map(attribute='age') | sort | unique | join(','), people | map(attribute='name') | map('lower') | sort | list
n | abs | string | length | string, (n * 1.0) | round(1) | string, n | float | int
lipsum is defined, cycler is defined, joiner is defined, self is defined
""".strip("\n").split("\n")

TEMPLATES = [
    # white space
    "a\n{% if true %}\nb\n{% endif %}\nc\n",
    "a\n  {% if true %}  \nb\n  {% endif %}\nc\n\n",
    "a\n  {%- if true -%}  \n b \n {%- endif -%} \nc",
    "a\n  {%+ if true +%}\nb\n  {%+ endif %}\nc",
    "  {{ n }}  \n  {{- n -}}  \n  {{ n }}\n",
    "{# c #}\nx\n  {# c #}\ny {#- c -#} z\n{#+ d +#}\nend {# multi\nline #}\n",
    "a {% if true %} b {% endif %} c",
    "\n\n{% set x = 1 %}\n\n{{ x }}\n\n",
    "{% for i in [1,2] %}\n  {{ i }}\n{% endfor %}\nend",
    "{% for i in [1,2] -%}\n  {{ i }}\n{%- endfor %}\nend",
    "{%- for i in [1,2] %}{{ i }}, {% endfor -%}   x",
    "x{% raw %} {{ n }} {% if %} {% endraw %}y",
    "x {%- raw -%} \n {{ n }} \n {%- endraw -%} \n y",
    "x\n  {% raw %}\n  {{ n }}\n  {% endraw %}\ny",
    "a\r\n{% if true %}\r\nb\r\n{% endif %}\rc\r\n",
    "{{ 'a\nb' }}\n{{-1}}{{ -1 }}{{+1}}{{ +1 }}",
    "{ {% if true %}{ {{ '{' }} }{% endif %} } {}",
    "\t {% set a = 1 %}\t\n\u00a0{% set b = 2 %}\n{{ a }}{{ b }}",
    "{{ n }}\n",
    "{{ n }}\n\n",
    "{% if true %}x{% endif %}   \n   {% if true %}y{% endif %}\n",
    "x{{ n -}}\n\n  y {{- ' z' }}",
    "",
    "{{ n }",
    "{% if true }",
    "{# open",
    "{{ 'open }}",
    "{% raw %} x",
    "a}}b%}c#}",
    # statements
    "{% if zero %}a{% elif n == 7 %}b{% elif true %}c{% else %}d{% endif %}",
    "{% if zero %}a{% elif empty %}b{% else %}d{% endif %}{% if undefined_name %}x{% endif %}",
    "{% for x in xs %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% for x in xs %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }}{{ loop.cycle('a', 'b') }}{{ loop.changed(x > 1) }};{% endfor %}",
    "{% for x in xs %}{% for y in 'ab' %}{{ loop.depth }}{{ loop.depth0 }}{{ loop.index }}{% endfor %}{{ loop.depth }}{{ loop.index }}{% endfor %}",
    "{% for x in xs %}{% set outer = loop %}{% for y in 'ab' %}{{ outer.index }}.{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for x in [] %}a{% else %}none{% endfor %}{% for x in undefined_name %}a{% else %}undef{% endfor %}",
    "{% for x in xs if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% else %}e{% endfor %}{% for x in xs if x > 9 %}{{ x }}{% else %}e{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for k, v in d | dictsort %}{{ k }}{% endfor %}",
    "{% for a, (b, c) in [(1, (2, 3)), [4, [5, 6]]] %}{{ a }}{{ b }}{{ c }} {% endfor %}{% for (a, b) in [(1, 2)] %}{{ a + b }}{% endfor %}",
    "{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}",
    "{% for a, b in [1] %}{{ a }}{% endfor %}",
    "{% for x in 5 %}{% endfor %}",
    "{% for x in none %}{% endfor %}",
    "{% for x in range(10) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in xs %}{% for y in xs %}{% if y == 1 %}{% break %}{% endif %}{{ y }}{% endfor %}-{{ x }}{% endfor %}",
    "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}{% for c in 'é🙂' %}[{{ c }}]{% endfor %}",
    "{% for m in messages[::-1] %}{{ m.role }}{{ loop.last }}{% endfor %}",
    "{% set x = 1 %}{% for i in xs %}{% set x = i %}{{ x }}{% endfor %}{{ x }}",
    "{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}",
    "{% set ns = namespace(x=0, l=[]) %}{% for i in xs %}{% set ns.x = ns.x + i %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.x }}{{ ns.l }}{{ ns.y }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (c, d2) = (3, 4) %}{{ c }}{{ d2 }}{% set t = 1, 2 %}{{ t }}",
    "{% set a, b = [1] %}",
    "{% set ns = namespace() %}{% set ns.a, ns.b = 1, 2 %}{{ ns.a }}{{ ns.b }}",
    "{% set d.x = 1 %}",
    "{% set undefined_name.x = 1 %}",
    "{% set ns = namespace() %}{% set ns._x = 1 %}",
    "{% set block %}  hi {{ n }}\n{% endset %}[{{ block }}]{% set up | upper | trim %} abc {% endset %}[{{ up }}]",
    "{% macro f(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }};{% endmacro %}{{ f(1) }}{{ f(1, 3) }}{{ f(b=5, a=4) }}{{ f() }}",
    "{% macro f(a) %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, 3, k=4) }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(z=2) }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, a=2) }}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(4) }}",
    "{% macro f() %}{{ y }}{% endmacro %}{% set y = 1 %}{{ f() }}{% set y = 2 %}{{ f() }}",
    "{% macro f() %}{% set n = 9 %}{{ n }}{% endmacro %}{{ f() }}{{ n }}",
    "{% macro f(x) %}\n  {{- x }}\n{% endmacro %}\n{{ f('a') | upper }}{{ f('b') ~ '!' }}{{ f is callable }}",
    "{% macro f() %}[{{ caller() }}]{% endmacro %}{% call f() %}in{{ n }}{% endcall %}",
    "{% macro f() %}[{{ caller('q') }}]{% endmacro %}{% call(x) f() %}{{ x }}{% endcall %}",
    "{% macro f() %}{{ loop is defined }}{% endmacro %}{% for i in [1] %}{{ f() }}{% endfor %}",
    "{% macro f(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ f(*[1, 2]) }}{{ f(**{'a': 3, 'b': 4}) }}",
    "{% generation %}{% set q = 1 %}{{ n }}\n{% endgeneration %}\n{{ q }}",
    "{% filter upper %}abc{{ s }}{% endfilter %}{% filter trim | replace('a', 'b') %} aa {% endfilter %}",
    "{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% with %}{% set z = 1 %}{{ z }}{% endwith %}{{ z }}",
    "{% break %}",
    "{% endif %}",
    "{% if true %}",
    "{% nosuch %}",
    "{% for x in xs %}{{ x }}",
    "{% set x %}",
    "{{ }}",
    "{{ 1 2 }}",
    "{{ x. }}",
    "{{ (1 }}",
    "{{ [1, }}",
    "{{ 'a' is string is string }}",
    "{{ f(a=1, 2) }}",
    "{% set 1 = 2 %}",
    "{% set true = 2 %}",
    "{% macro f(a=1, b) %}{% endmacro %}",
    "{% if n == 7 and (s is string) and not empty %}ok{% endif %}",
    "{% if messages[0]['role'] == 'system' %}a{% else %}{{ raise_exception('System first!') }}{% endif %}",
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}{% endfor %}{{ messages[0].content }}",
    "{% if undefined_name is defined and undefined_name.x %}x{% endif %}{{ undefined_name.x if undefined_name is defined else 'safe' }}",
    "{% set found = namespace(v=false) %}{% for m in messages if not found.v %}{% set found.v = true %}{{ m.role }}{% endfor %}",
    "{% set x = xs | map('string') %}{{ x | list }}{{ x | list }}",
    "{% for x in xs | reverse %}{{ x }}{% endfor %}{% for p in people | selectattr('age', 'ge', 30) %}{{ p.name }}{{ loop.last }}{% endfor %}",
    "{% set content = ['a', 'b'] %}{{ content[0] + content[1] }}{{ content | join('') }}",
    "{%- set tool_text -%}\n  {%- for t in xs -%} {{ t }}, {%- endfor -%}\n{%- endset -%}[{{ tool_text }}]",
    "{{ n }}{% set n = 8 %}{{ n }}{% for i in [1] %}{{ n }}{% set n = 9 %}{{ n }}{% endfor %}{{ n }}",
    "{% if xs | length > 2 %}{{ xs[1:] | tojson }}{% endif %}{% if 'a' in d and d['a'] == 2 %}in{% endif %}",
    "{% for x in xs recursive %}{{ x }}{% endfor %}",
]

# Constructs that the interpreter refuses although the reference knows them.
REFUSED = {"{% for x in xs recursive %}{{ x }}{% endfor %}", "lipsum is defined, cycler is defined, joiner is defined, self is defined"}


def render(template, arguments):
    arguments = dict(arguments)
    messages = arguments.pop("messages")
    tools = arguments.pop("tools", None)
    documents = arguments.pop("documents", None)
    try:
        compiled = chat_template_utils._compile_jinja_template(template)
        output = compiled.render(messages=messages, tools=tools, documents=documents, **(TOKENS | arguments))
        return {"output": output}
    except jinja2.exceptions.TemplateError as error:
        return {"rejected": str(error)} if type(error) is jinja2.exceptions.TemplateError else {"fails": True}
    except Exception:
        return {"fails": True}


def case(name, template, arguments, **extra):
    return {"name": name, "template": template, **extra} | render(template, arguments)


def main():
    base = CONVERSATIONS["system"] | DATA
    cases = []
    for path in sorted((FOLDER / "templates").glob("*.jinja")):
        for name, conversation in CONVERSATIONS.items():
            result = render(path.read_text(), conversation)
            cases.append({"name": f"{path.stem}: {name}", "file": path.name, "conversation": name} | result)
    for index, text in enumerate(EXPRESSIONS):
        if text not in REFUSED:
            cases.append(case(f"expression {index + 1}", "{{ " + text + " }}", base))
    for index, text in enumerate(TEMPLATES):
        if text not in REFUSED:
            cases.append(case(f"template {index + 1}", text, base))
    written = {"tokens": TOKENS, "data": DATA, "conversations": CONVERSATIONS, "cases": cases}
    lines = json.dumps(written, ensure_ascii=False, indent=1)
    (FOLDER / "cases.json").write_text(lines + "\n")
    failing = sum("fails" in c for c in cases)
    rejected = sum("rejected" in c for c in cases)
    print(f"{len(cases)} cases, of which {failing} fail and {rejected} are rejected")


if __name__ == "__main__":
    main()
