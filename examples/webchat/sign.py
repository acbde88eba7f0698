#!/usr/bin/env python3
"""The script tag for a visitor who is logged in on your site. It runs on your server: the key never reaches a page.

    WEBCHAT_KEY=… ./sign.py https://hub.example.com/hooks/CONNECTION 42 ada@example.com "Ada Lovelace"
"""
import hashlib
import hmac
import html
import json
import os
import sys
import time

address, user, mail, name = sys.argv[1:]
# Sign only an address that you know to be theirs, or say "email_verified": false. "exp" bounds what a copied page is
# good for.
visitor = json.dumps({"id": user, "email": mail, "name": name, "exp": int(time.time()) + 3600})
signature = hmac.new(os.environ["WEBCHAT_KEY"].encode(), visitor.encode(), hashlib.sha256).hexdigest()
print(f'<script src="{html.escape(address)}/assets/widget.js" async '
      f'data-visitor="{html.escape(visitor)}" data-signature="{signature}"></script>')
