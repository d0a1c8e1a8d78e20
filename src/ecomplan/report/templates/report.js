(()=>{
const d=document,$=(s,r=d)=>r.querySelector(s),$$=(s,r=d)=>[...r.querySelectorAll(s)];
d.documentElement.classList.add('js');
// contents: mark the chapter in view, close the drawer on a choice
const toc=$('#toc'),links=$$('a',toc);
if('IntersectionObserver'in window){const io=new IntersectionObserver(es=>es.forEach(e=>{if(e.isIntersecting)links.forEach(a=>a.hash==='#'+e.target.id?a.setAttribute('aria-current','true'):a.removeAttribute('aria-current'))}),{rootMargin:'-15% 0px -75%'});$$('main>section[id]').forEach(s=>io.observe(s))}
toc.addEventListener('click',e=>{if(e.target.closest('a')&&toc.matches(':popover-open'))toc.hidePopover()});
// ledger: filter box and facets
const f=d.forms.claims,rows=$$('#ledger tbody tr'),facets=$$('fieldset',f).map(s=>s.dataset.facet);
const go=()=>{const q=f.q.value.trim().toLowerCase(),on=facets.map(k=>[k,$$(`[name=${k}]:checked`,f).map(i=>i.value)]);let n=0;
 rows.forEach(r=>{const ok=(!q||r.textContent.toLowerCase().includes(q))&&on.every(([k,v])=>!v.length||v.includes(r.dataset[k]));r.hidden=!ok;n+=ok});
 $('output',f).textContent=`${n} of ${rows.length} claims`};
f.addEventListener('input',go);f.addEventListener('reset',()=>setTimeout(go));f.addEventListener('submit',e=>e.preventDefault());go();
// provenance: the register row is the only source; the popover is a view of it
const pop=$('#prov'),body=$('dl',pop),heads=$$('#register thead th').map(t=>t.textContent);let cur=null,timer=0;
if(!pop.showPopover)return;
const fill=a=>{const row=$(a.hash);if(!row)return false;$('b',pop).textContent=a.textContent;$('.label',pop).textContent=row.cells[1].textContent;body.replaceChildren(...[...row.cells].flatMap((c,i)=>{if(i<2)return[];const t=d.createElement('dt'),v=d.createElement('dd');t.textContent=heads[i];v.innerHTML=c.innerHTML;if(c.className.includes('mono'))v.className='mono';return[t,v]}));$('p a',pop).href=a.hash;return true};
const place=a=>{const r=a.getBoundingClientRect(),w=pop.offsetWidth,h=pop.offsetHeight,x=Math.max(16,Math.min(r.left-12,d.documentElement.clientWidth-w-16)),y=r.bottom+8+h>innerHeight&&r.top-h-8>0?r.top-h-8:Math.min(r.bottom+8,Math.max(8,innerHeight-h-8));pop.style.left=x+'px';pop.style.top=y+'px'};
const hide=()=>{clearTimeout(timer);if(cur){cur.setAttribute('aria-expanded','false');cur.removeAttribute('aria-describedby')}cur=null;pop.classList.remove('pinned');if(pop.matches(':popover-open'))pop.hidePopover()};
const show=a=>{clearTimeout(timer);if(cur===a)return;hide();if(!fill(a))return;cur=a;a.setAttribute('aria-expanded','true');a.setAttribute('aria-describedby','prov-list');pop.showPopover();place(a)};
const later=(fn,ms)=>{clearTimeout(timer);timer=setTimeout(fn,ms)},pinned=()=>pop.classList.contains('pinned');
$$('a.n').forEach(a=>{a.setAttribute('aria-expanded','false');a.setAttribute('aria-haspopup','dialog');
 a.addEventListener('pointerenter',e=>{if(e.pointerType==='mouse'&&!pinned())later(()=>show(a),180)});
 a.addEventListener('pointerleave',e=>{if(e.pointerType==='mouse'&&!pinned())later(hide,220)});
 a.addEventListener('focus',()=>{if(a.matches(':focus-visible')&&!pinned())show(a)});
 a.addEventListener('blur',()=>{if(!pinned())later(hide,120)});
 a.addEventListener('click',e=>{if(e.ctrlKey||e.metaKey||e.shiftKey)return;e.preventDefault();if(cur===a&&pinned())return hide();show(a);pop.classList.add('pinned');place(a);$('button',pop).focus({preventScroll:true})})});
pop.addEventListener('pointerenter',()=>clearTimeout(timer));
pop.addEventListener('pointerleave',()=>{if(!pinned())later(hide,220)});
const close=()=>{const a=cur;hide();if(a&&pop.contains(d.activeElement)||a)a.focus({preventScroll:true});clearTimeout(timer);hide()};
$('button',pop).addEventListener('click',close);$('p a',pop).addEventListener('click',hide);
d.addEventListener('keydown',e=>{if(e.key==='Escape'&&cur)close()});
d.addEventListener('pointerdown',e=>{if(cur&&!pop.contains(e.target)&&!e.target.closest('a.n'))hide()});
addEventListener('scroll',()=>{if(cur&&innerWidth>=600)place(cur)},{passive:true});
// number tables: one tab stop, arrow keys inside
$$('table.grid').forEach(t=>{const c=$$('a.n',t);c.forEach((a,i)=>a.tabIndex=i?-1:0);
 t.addEventListener('keydown',e=>{const a=e.target.closest('a.n');if(!a)return;const td=a.closest('td'),tr=td.parentNode,col=td.cellIndex,i=c.indexOf(a);
  const go={ArrowRight:()=>c[i+1],ArrowLeft:()=>c[i-1],ArrowDown:()=>{let r=tr;while(r=r.nextElementSibling){const n=$('a.n',r.cells[col]);if(n)return n}},ArrowUp:()=>{let r=tr;while(r=r.previousElementSibling){const n=$('a.n',r.cells[col]);if(n)return n}},Home:()=>c[0],End:()=>c.at(-1)}[e.key];
  const n=go&&go();if(n){e.preventDefault();a.tabIndex=-1;n.tabIndex=0;hide();n.focus()}})});
})();
